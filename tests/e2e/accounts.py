"""Accounts and keys that are made up for the tests' scenes, and the secrets that hold them."""

import secrets

from cococat.local.made_up import made_up
from cococat.simulators.feishu import App
from cococat.simulators.feishu_api import FeishuServer
from cococat.simulators.wechat import Account
from cococat.simulators.weixin import App as WeComApp
from tests.e2e.bundle import BOT_ID

CALLBACK_KEYS = ("token", "encoding_aes_key")


def made_up_keys() -> dict[str, str]:
    """Make up the keys of the scenes' callers and of the agent that is asked over HTTP."""
    return {
        "WEB_API_KEY": f"sk-{secrets.token_hex(16)}",
        "SALES_KEY": f"sk-{secrets.token_hex(16)}",
        "PARTNER_KEY": f'{{"key": "sk-{secrets.token_hex(16)}"}}',
        "REMOTE_SECRET": secrets.token_hex(16),
    }


def made_up_accounts() -> dict[str, Account]:
    """Make up an Official Account in safe mode, and one in plain mode."""
    app_id, key = made_up("app_id"), made_up("encoding_aes_key")
    return {
        "customer-service": Account(app_id=app_id, token=made_up("token"), encoding_aes_key=key),
        "sales": Account(app_id=app_id, token=made_up("token")),
    }


def account_secrets(accounts: dict[str, Account]) -> dict[str, str]:
    """Return the secrets that the scenes' wechat entries refer to."""
    safe = accounts["customer-service"]
    return {
        "WECHAT_APP_ID": safe.app_id,
        "WECHAT_TOKEN": safe.token,
        "WECHAT_ENCODING_AES_KEY": safe.encoding_aes_key,
        "SALES_WECHAT_TOKEN": accounts["sales"].token,
    }


def made_up_app() -> App:
    """Make up a Feishu app whose events come sealed."""
    return App(
        app_id=f"cli_{secrets.token_hex(8)}",
        app_secret=made_up("app_secret"),
        encrypt_key=made_up("encrypt_key"),
        verification_token=made_up("verification_token"),
    )


def made_up_wecom_app() -> WeComApp:
    """Make up a WeCom application; the scene's bot has the same token and key."""
    return WeComApp(
        **{key: made_up(key) for key in ("corp_id", "agent_id", "secret", *CALLBACK_KEYS)}
    )


def wecom_secrets(app: WeComApp, api_base: str) -> dict[str, str]:
    """Return the secrets that the scenes' weixin entries refer to."""
    return {
        "WEIXIN_CORP_ID": app.corp_id,
        "WEIXIN_AGENT_ID": app.agent_id,
        "WEIXIN_SECRET": app.secret,
        "WEIXIN_TOKEN": app.token,
        "WEIXIN_ENCODING_AES_KEY": app.encoding_aes_key,
        "WEIXIN_BOT_ID": BOT_ID,
        "WEIXIN_API_BASE": api_base,
    }


def app_secrets(server: FeishuServer, api_base: str) -> dict[str, str]:
    """Return the secrets that the scenes' feishu entries refer to."""
    return {
        "FEISHU_APP_ID": server.app.app_id,
        "FEISHU_APP_SECRET": server.app.app_secret,
        "FEISHU_ENCRYPT_KEY": server.app.encrypt_key,
        "FEISHU_VERIFICATION_TOKEN": server.app.verification_token,
        "FEISHU_API_BASE": api_base,
    }
