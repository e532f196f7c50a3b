import re

import pytest

from cococat.core.channels import AnswersInPlace, Channel, ReceivesRequests, channel_class
from cococat.core.channels.catalogue import CATALOGUE, COMMON
from cococat.core.errors import ConfigError
from tests.support.channels import PlainChannel, RepeatableChannel

MADE = [name for name, known in CATALOGUE.items() if known.implementation]


class TestRegistry:
    """Finding the class of a type."""

    @pytest.mark.parametrize("channel_type", MADE)
    def test_every_type_that_is_made_has_its_class(self, channel_type: str) -> None:
        """The class says itself which type it is."""
        found = channel_class(channel_type)

        assert issubclass(found, Channel)
        assert found.channel_type == channel_type

    @pytest.mark.parametrize("channel_type", [*sorted(CATALOGUE.keys() - set(MADE)), "fax", ""])
    def test_another_type_is_an_error_of_ours(self, channel_type: str) -> None:
        """What this version does not have says so."""
        with pytest.raises(ConfigError, match="no channel of type"):
            channel_class(channel_type)

    def test_the_six_types_are_known(self) -> None:
        """Each has a title for people."""
        assert set(CATALOGUE) == {"wechat", "weixin", "feishu", "web_api", "telegram", "discord"}
        assert all(known.title for known in CATALOGUE.values())


@pytest.mark.parametrize("channel_type", CATALOGUE)
def test_every_key_of_a_config_is_described(channel_type: str) -> None:
    """Each has words for people and a pattern for us, and no key is there twice."""
    for variant in CATALOGUE[channel_type].variants:
        keys = [each.key for each in (*variant, *COMMON)]
        assert len(keys) == len(set(keys))
        assert all(each.expected and re.compile(each.pattern) for each in variant)


def test_the_owners_two_methods_are_the_contract() -> None:
    """A channel is complete with start and send, and with nothing less."""
    assert Channel.__abstractmethods__ == {"start", "send"}
    assert PlainChannel().channel_type == "plain"


def test_further_abilities_are_found_by_their_methods() -> None:
    """A missing ability is a missing method, never one that raises."""
    assert isinstance(RepeatableChannel(), AnswersInPlace)
    assert not isinstance(PlainChannel(), AnswersInPlace)
    assert not isinstance(PlainChannel(), ReceivesRequests)


def test_a_channel_is_not_sent_twice_unless_it_says_so() -> None:
    """Without a promise of the platform a repeat is not harmless."""
    assert PlainChannel.resend_safe is False
