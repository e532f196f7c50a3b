"""
The channel types: what each one's config holds and where its class is.

A static table, so that tools can list the types and check a config without importing a
platform's code. A new channel is its file in this folder and one entry here.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ConfigField:
    """
    One key of a channel's config.

    Attributes:
        key: its name.
        expected: what a value must be, in words for people.
        pattern: the same, as a regular expression for the whole value.
        required: whether it may not be left out.
        secret: whether it is kept in Secrets Manager and never shown.
        many: whether a list of values is taken too.
        named: whether an element of that list may be an object with a `name` and the `key`.
        needs: another key that any value but `plain` needs.

    """

    key: str
    expected: str
    pattern: str
    required: bool = False
    secret: bool = False
    many: bool = False
    named: bool = False
    needs: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelType:
    """
    One type of channel.

    Attributes:
        title: what people call the platform.
        variants: the sets of keys that a config may have; it has to fit one of them.
        implementation: module:class; empty where this version has none.
        listens: whether a sidecar listens to the platform, which does not call us.
        one_of: keys of which a config must have one at least.

    """

    title: str
    variants: tuple[tuple[ConfigField, ...], ...] = field(repr=False)
    implementation: str = ""
    listens: bool = False
    one_of: tuple[str, ...] = ()


_VISIBLE = r"[\x21-\x7e]{1,256}"
_PRINTABLE = r"[^\x00-\x1f\x7f]{1,256}"
_LONG_VISIBLE = r"[\x21-\x7e]{16,256}"
_URL = r"https?://[^\s/?#]+\S*"
_CALLBACK_URL = (
    r"(?=.{1,2048}\Z)"
    r"(https://[A-Za-z0-9.-]+|http://(localhost|127\.0\.0\.1))(:[0-9]{1,5})?"
    r"(/[A-Za-z0-9._~%/-]*)?(\?[\w.~%&=/-]*)?"
)
"""Without user, fragment and backslash, so that every library reads it alike."""


def _required(key: str, expected: str, pattern: str) -> ConfigField:
    return ConfigField(key, expected, pattern, required=True)


def _id(key: str, expected: str) -> ConfigField:
    expected += ", 1 to 64 letters, digits, - and _"
    return _required(key, expected, r"[A-Za-z0-9_-]{1,64}")


def _secret(key: str, expected: str, pattern: str, *, required: bool = False) -> ConfigField:
    return ConfigField(key, expected, pattern, required=required, secret=True)


def _visible(
    key: str, expected: str, pattern: str = _VISIBLE, *, required: bool = False
) -> ConfigField:
    expected += ", 1 to 256 visible ASCII characters"
    return _secret(key, expected, pattern, required=required)


def _printable(key: str, expected: str) -> ConfigField:
    return _secret(key, f"{expected}, 1 to 256 characters on one line", _PRINTABLE)


def _aes_key(key: str, *, required: bool = False) -> ConfigField:
    return _secret(key, "43 letters and digits", r"[A-Za-z0-9]{43}", required=required)


_TOKEN = _secret("token", "3 to 32 letters and digits", r"[A-Za-z0-9]{3,32}", required=True)
_BOT_TOKEN = _visible("bot_token", "the bot's token", required=True)

COMMON = (
    ConfigField("api_base", "a URL, http:// or https://", _URL),
    _visible("previous_token", "a token"),
)
"""Keys that every channel may have; `options` beside them is an object."""

ENDPOINT = r"(?=.{1,256}$)/api/channel(/(?!messages(/|$))[A-Za-z0-9_-]+)+"
PLATFORMS = ("wechat", "weixin", "feishu", "telegram", "discord")
"""No endpoint may lie under `/api/channel/` and one of these."""

CATALOGUE = {
    "wechat": ChannelType(
        title="WeChat Official Account (公众号)",
        implementation="cococat.core.channels.wechat:WeChatChannel",
        variants=(
            (
                _required("app_id", "wx and 16 letters or digits", r"wx[A-Za-z0-9]{16}"),
                _TOKEN,
                _aes_key("encoding_aes_key"),
                _aes_key("previous_encoding_aes_key"),
                _visible("app_secret", "the account's AppSecret"),
                ConfigField(
                    "mode",
                    "plain, compatible or safe; the latter two need an encoding_aes_key",
                    r"plain|compatible|safe",
                    needs="encoding_aes_key",
                ),
            ),
        ),
    ),
    "weixin": ChannelType(
        title="WeCom (企业微信)",
        implementation="cococat.core.channels.weixin:WeixinChannel",
        variants=(
            (
                _id("corp_id", "the company's id"),
                _required(
                    "agent_id", "the application's number, a text of 1 to 16 digits", r"[0-9]{1,16}"
                ),
                _visible("secret", "the application's secret", required=True),
                _TOKEN,
                _aes_key("encoding_aes_key", required=True),
                _aes_key("previous_encoding_aes_key"),
            ),
            (
                _id("bot_id", "the bot's id"),
                _TOKEN,
                _aes_key("encoding_aes_key", required=True),
                _aes_key("previous_encoding_aes_key"),
            ),
        ),
    ),
    "feishu": ChannelType(
        title="Feishu / Lark (飞书)",
        implementation="cococat.core.channels.feishu:FeishuChannel",
        one_of=("encrypt_key", "verification_token"),
        variants=(
            (
                _id("app_id", "the app's id"),
                _visible("app_secret", "the app's secret", required=True),
                _printable("verification_token", "the verification token"),
                _printable("encrypt_key", "the encrypt key"),
                _printable("previous_encrypt_key", "the encrypt key before"),
                ConfigField("domain", "feishu or lark", r"feishu|lark"),
            ),
        ),
    ),
    "web_api": ChannelType(
        title="Web API",
        implementation="cococat.core.channels.web_api:WebApiChannel",
        variants=(
            (
                _required("endpoint", "a path under /api/channel/", ENDPOINT),
                ConfigField(
                    "api_key",
                    "16 to 256 visible ASCII characters, or a list of such keys, "
                    'each with a name of its own or without: {"name", "key"}',
                    _LONG_VISIBLE,
                    required=True,
                    secret=True,
                    many=True,
                    named=True,
                ),
                ConfigField(
                    "callback_url",
                    "https://… (http:// on this machine), with a callback_secret",
                    _CALLBACK_URL,
                    needs="callback_secret",
                ),
                _secret("callback_secret", "16 to 256 visible ASCII characters", _LONG_VISIBLE),
                ConfigField(
                    "cors_origins",
                    "an origin, as https://shop.example, a list of them, or *",
                    r"\*|https?://[a-z0-9.-]{1,253}(:[0-9]{1,5})?",
                    many=True,
                ),
            ),
        ),
    ),
    "telegram": ChannelType(
        title="Telegram",
        implementation="cococat.core.channels.telegram:TelegramChannel",
        variants=((_BOT_TOKEN,),),
        listens=True,
    ),
    "discord": ChannelType(
        title="Discord",
        implementation="cococat.core.channels.discord:DiscordChannel",
        listens=True,
        variants=(
            (
                _visible(
                    "bot_token", "the bot's token", r"(Bot )?[\x21-\x7e]{1,256}", required=True
                ),
            ),
        ),
    ),
}
"""Channel type -> what it is."""


def available_types() -> list[str]:
    """Return the types that this version has a channel for."""
    return sorted(name for name, known in CATALOGUE.items() if known.implementation)
