import pytest

from cococat.adapters.public_http import PublicHttpClient
from cococat.bootstrap import common
from cococat.settings import Settings


def test_the_operators_list_is_not_for_what_callers_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is for a callback_url and for the files of the operator's own agents."""
    listed = frozenset({"intranet.example"})
    settings = Settings(
        stack="s", channels_table="c", messages_table="m", outbox_url="o", allowed_hosts=listed
    )
    monkeypatch.setattr(common, "environment", lambda: settings)
    libraries = common.InstalledLibraries()
    public, callers = libraries.public_http, libraries.callers_http

    assert isinstance(public, PublicHttpClient)
    assert isinstance(callers, PublicHttpClient)
    assert (public.allowed_hosts, callers.allowed_hosts) == (listed, frozenset())
