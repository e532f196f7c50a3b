"""Two processes that write the same item, one of them while the other's write is on its way."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from cococat.core import claims, message_record
from cococat.core.claims import GiveUp, Resume, Run, Step
from cococat.core.errors import ClaimLost, Conflict
from cococat.core.message_record import MessageRecord
from cococat.core.messages import Reply
from tests.support import samples
from tests.support.clock import START
from tests.support.cloud import Cloud

pytestmark = pytest.mark.aws

ID = samples.identity()
ANSWER = Reply(text="hi")


def claim(cloud: Cloud) -> Step:
    """Claim the message as one process does."""
    return claims.claim(cloud.messages(), ID, samples.ADDRESS, START)


def run(cloud: Cloud) -> MessageRecord:
    """Claim the message for a run that is due."""
    step = claim(cloud)
    assert isinstance(step, Run)
    return step.record


def stored(cloud: Cloud) -> MessageRecord:
    """Return the message's record."""
    record = message_record.load(cloud.messages(), ID)
    assert record is not None
    return record


def meanwhile(cloud: Cloud, act: Callable[[], object]) -> None:
    """Let *act* happen while the next write is on its way to the table."""
    acts = [act]

    def intervene(**_: object) -> None:
        if acts:
            acts.pop()()

    cloud.dynamodb.meta.events.register("before-call.dynamodb.PutItem", intervene)


def test_two_first_claims_count_as_two_tries(cloud: Cloud) -> None:
    """The slower process finds the faster one's claim and goes by it."""
    meanwhile(cloud, lambda: claim(cloud))

    assert run(cloud).attempt == 2
    assert stored(cloud).attempt == 2


def test_a_claim_that_loses_to_the_last_try_gives_up(cloud: Cloud) -> None:
    """There is no third run, however the claims meet."""
    claim(cloud)
    meanwhile(cloud, lambda: claim(cloud))

    assert isinstance(claim(cloud), GiveUp)


def test_a_claim_that_loses_to_an_answer_only_brings_it_on_its_way(cloud: Cloud) -> None:
    """A late claim does not run an agent that has answered."""
    first = run(cloud)
    meanwhile(cloud, lambda: claims.store_reply(cloud.messages(), first, ANSWER, START))

    step = claim(cloud)
    assert isinstance(step, Resume)
    assert step.record.reply == ANSWER


def test_an_answer_that_loses_to_a_later_claim_is_not_stored(cloud: Cloud) -> None:
    """The later run owns the message."""
    first = run(cloud)
    meanwhile(cloud, lambda: claim(cloud))

    with pytest.raises(ClaimLost):
        claims.store_reply(cloud.messages(), first, ANSWER, START)
    assert (stored(cloud).attempt, stored(cloud).reply) == (2, None)


def test_changes_of_different_things_are_both_kept(cloud: Cloud) -> None:
    """The heartbeat's end and the outbox's receipt do not overwrite each other."""
    replied = claims.store_reply(cloud.messages(), run(cloud), ANSWER, START)
    answered = replied.answered(ANSWER, START + 1).to_item()
    meanwhile(cloud, lambda: cloud.messages().put(answered, replacing=replied.version))
    claims.finish(cloud.messages(), replied)

    assert (stored(cloud).state, stored(cloud).answered_at) == ("done", START + 1)


def test_an_item_of_the_largest_answer_is_taken(cloud: Cloud) -> None:
    """An answer of 256 KiB fits beside all else that is known of a message."""
    largest = Reply(text="猫" * (256 * 1024 // 3))
    claims.store_reply(cloud.messages(), run(cloud), largest, START)

    assert stored(cloud).reply == largest


def test_a_write_over_another_version_shows_the_current_one(cloud: Cloud) -> None:
    """The conflict comes with the item, without a second read."""
    record = run(cloud)
    cloud.calls.take()
    stale = replace(record, version=record.version + 5)

    with pytest.raises(Conflict) as conflict:
        cloud.messages().put(stale.to_item(), replacing=stale.version)
    assert MessageRecord.from_item(conflict.value.current) == record
    assert cloud.calls.take() == ["PutItem"]
