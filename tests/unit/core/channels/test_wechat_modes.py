from dataclasses import replace
from typing import Any

import pytest

from cococat.core.channels.wechat import SUCCESS
from cococat.core.messages import Button, Card, Reply
from cococat.simulators.wechat import Account, WeChatPlatform, to_xml
from tests.support.wechat import PLAIN, SAFE, USER, OfficialAccount
from tests.support.wechat_forge import MESSAGE, Forge
from tests.support.wechat_frames import OTHER_KEY
from tests.support.wechat_vectors import Vector, of_kind, vectors
from tests.support.wechatpy_platform import WechatpyPlatform

ACCOUNTS = {"safe": SAFE, "plain": PLAIN}
KINDS = [WeChatPlatform, WechatpyPlatform]

both_modes = pytest.mark.parametrize("mode", ACCOUNTS)
both_kinds = pytest.mark.parametrize("kind", KINDS)


class TestTheAddress:
    """The platform checks our URL before it is saved in the console."""

    @both_kinds
    @both_modes
    def test_gives_its_echo(self, mode: str, kind: type[WeChatPlatform]) -> None:
        """In every mode alike."""
        assert OfficialAccount(account=ACCOUNTS[mode], kind=kind).platform.check_url()

    def test_gives_the_echo_as_it_is_and_nothing_a_browser_would_run(self) -> None:
        """Plain text, exactly the echo, and no guessing about it."""
        echo = "azAZ09_-=+/" + "x" * 117
        forge = Forge()
        response = OfficialAccount().door.handle(forge.get(forge.query(echostr=echo)))

        assert (response.status, response.body) == (200, echo)
        assert response.headers == {
            "content-type": "text/plain; charset=utf-8",
            "x-content-type-options": "nosniff",
        }

    def test_gives_the_published_echo(self) -> None:
        """The documentation's own example."""
        vector = vectors()["wx-doc-url-verify"]
        account = OfficialAccount(account=Account(app_id=SAFE.app_id, token="AAAAA"))
        account.clock.go_to(float(vector["request"]["query"]["timestamp"]))
        response = account.door.handle(Forge().get(vector["request"]["query"]))

        assert (response.status, response.body) == (200, vector["expect"]["response_body"])


class TestPublishedMessages:
    """The documentation's own messages, at their own time."""

    @of_kind("inbound_encrypted", "inbound_encrypted_reject", "inbound_plain")
    def test_are_taken_in_xml_and_in_json(
        self, vector: Vector, caplog: pytest.LogCaptureFixture
    ) -> None:
        """The event is acknowledged; what was changed on its way is refused."""
        caplog.set_level("INFO")
        config = vector["config"]
        account = OfficialAccount(
            account=Account(
                app_id=config.get("receive_id", SAFE.app_id),
                token=config["token"],
                encoding_aes_key=config.get("encoding_aes_key", ""),
            )
        )
        request = vector["request"]
        account.clock.go_to(float(request["query"]["timestamp"]))
        response = account.door.handle(Forge().post(request["body"], request["query"]))

        if vector["kind"] == "inbound_encrypted_reject":
            assert response.status == 403
            (step,) = (vars(record)["step"] for record in caplog.records)
            assert step == ("signature" if "tampered" in vector["id"] else "receive_id")
        else:
            assert (response.status, response.body) == (200, SUCCESS)
            assert account.counters.counted[0][1]["kind"] == "debug_demo"


class TestModes:
    """How an account may be set up in the console."""

    def test_compatible_takes_the_sealed_words_and_no_others(self) -> None:
        """What stands beside the envelope is not protected by anything."""
        account = OfficialAccount(mode="compatible")
        sealed = account.platform.seal(to_xml(MESSAGE))
        forged = MESSAGE | {"Content": "forged", "FromUserName": "oForged", "Encrypt": sealed}
        connection = account.open(Forge().post(to_xml(forged), Forge().query(sealed)))
        account.world.settle()

        assert account.agent.seen == [MESSAGE["Content"]]
        assert account.platform.read(connection.result(), MESSAGE) == MESSAGE["Content"]

    @pytest.mark.parametrize("mode", ["safe", "compatible"])
    def test_a_key_seals_whatever_the_mode_is_called(self, mode: str) -> None:
        """Both are answered sealed."""
        account = OfficialAccount(mode=mode)
        connection = account.open(Forge().delivery())
        account.world.settle()

        assert connection.result().body.startswith("<xml><Encrypt>")
        assert account.platform.read(connection.result(), MESSAGE) == MESSAGE["Content"]

    def test_plain_is_plain_though_there_is_a_key(self) -> None:
        """The key may stay in the entry while the console changes."""
        account = OfficialAccount(
            account=PLAIN, encoding_aes_key=SAFE.encoding_aes_key, mode="plain"
        )
        account.works_after(1)

        assert account.platform.write(USER, "hello") == "hello"
        assert account.connections[0].result().body.startswith("<xml><ToUserName>")

    @pytest.mark.parametrize("kind", ["aes", "raw", "", "none"])
    def test_the_query_does_not_choose_the_mode(self, kind: str) -> None:
        """An account in safe mode stays in it, whatever the request claims to be."""
        account = OfficialAccount()
        query = Forge().query(None, encrypt_type=kind)

        assert account.door.handle(Forge().post(to_xml(MESSAGE), query)).status == 403


FORMS = {
    "plain": PLAIN,
    "safe": SAFE,
    "compatible": replace(SAFE, is_compatible=True),
    "plain in JSON": replace(PLAIN, in_json=True),
    "safe in JSON": replace(SAFE, in_json=True),
    "compatible in JSON": replace(SAFE, in_json=True, is_compatible=True),
}
"""Every way in which the console lets an account be set up."""


class TestForms:
    """Modes and data formats."""

    @both_kinds
    @pytest.mark.parametrize("form", FORMS)
    def test_a_message_is_answered_in_the_form_in_which_it_came(
        self, form: str, kind: type[WeChatPlatform]
    ) -> None:
        """Texts and events, words of any script."""
        account = OfficialAccount(account=FORMS[form], kind=kind)
        account.works_after(1)
        assert account.platform.write(USER, "你好 ]]> 🐈") == "你好 ]]> 🐈"
        account.works_after(1)

        assert account.platform.follow(USER) == "subscribe"
        assert len(account.connections) == 2
        is_json = account.connections[0].result().body.startswith("{")
        assert is_json == FORMS[form].in_json

    @pytest.mark.parametrize("form", FORMS)
    def test_pictures_and_news_are_too(self, form: str) -> None:
        """Elements inside elements, in either data format."""
        page = Button(text="打开", url="https://example.com/a")
        card = Card(title="周报", text="要点", buttons=(page,))
        account = OfficialAccount(lambda _: Reply(card=card), account=FORMS[form])
        account.works_after(1)

        assert account.platform.write(USER, "hi") == "[周报](https://example.com/a) 要点"


NEW = Account(app_id=SAFE.app_id, token="NewToken", encoding_aes_key=OTHER_KEY)
CHANGING: dict[str, Any] = {
    "token": NEW.token,
    "previous_token": SAFE.token,
    "encoding_aes_key": NEW.encoding_aes_key,
    "previous_encoding_aes_key": SAFE.encoding_aes_key,
}


class TestRotation:
    """Token and key are being changed, which takes the platform some minutes."""

    @both_kinds
    @pytest.mark.parametrize("token", [SAFE.token, NEW.token])
    @pytest.mark.parametrize("key", [SAFE.encoding_aes_key, NEW.encoding_aes_key])
    def test_old_and_new_are_answered_with_what_they_came_with(
        self, kind: type[WeChatPlatform], token: str, key: str
    ) -> None:
        """Whichever token signed and whichever key opened, the platform reads the reply."""
        used = Account(app_id=SAFE.app_id, token=token, encoding_aes_key=key)
        account = OfficialAccount(account=used, kind=kind, **CHANGING)
        account.works_after(1)

        assert account.platform.check_url()
        assert account.platform.write(USER, "hello") == "hello"

    @pytest.mark.parametrize("gone", ["previous_token", "previous_encoding_aes_key"])
    def test_what_is_no_longer_in_the_entry_is_refused(self, gone: str) -> None:
        """After the change the old ones are worth nothing."""
        account = OfficialAccount(**CHANGING | {gone: CHANGING[gone.removeprefix("previous_")]})

        assert account.door.handle(Forge().delivery()).status == 403
