import urllib.request
from urllib.error import HTTPError

import pytest

from cococat.local.made_up import made_up
from cococat.local.platforms import platforms

pytestmark = [pytest.mark.enable_socket]

AGENT = {"User-Agent": "DiscordBot (https://cococat.example, 1)"}


def authorization(token: str) -> dict[str, str]:
    """Return the header of Discord's bots."""
    return {"Authorization": f"Bot {token}"}


def asked(url: str, headers: dict[str, str]) -> int:
    """Return the status of an answer."""
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except HTTPError as error:
        with error:
            return error.code


def test_every_made_up_token_is_that_of_a_bot() -> None:
    """Also one that is made up later, by another process; no other token is."""
    with platforms() as addresses:
        known, stranger = made_up("bot_token"), "200002:" + "a" * 35
        told = [
            (
                asked(f"{addresses['telegram']}/bot{token}/getMe", {}),
                asked(
                    f"{addresses['discord']}/users/@me", AGENT | {"Authorization": f"Bot {token}"}
                ),
            )
            for token in (known, stranger)
        ]

    assert told == [(200, 200), (401, 401)]
