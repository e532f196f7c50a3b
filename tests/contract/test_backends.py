"""
The fakes keep the promises of the real adapters, and the real ones those of their ports.

Some of SQS's promises are not moto's (a repeat after a delete, ids by group), so they are
tested on the local AWS of the end-to-end group.
"""

import pytest

from cococat.core import dead_letters
from cococat.core.errors import Conflict, MailboxUnavailable
from cococat.core.items import Item
from tests.support.backends import Backend
from tests.support.clock import START


def item(version: int = 1, *, expires_in: int = 100, **values: object) -> Item:
    """Return an item of the messages table."""
    expires_at = int(START) + expires_in
    return {"pk": "p", "sk": "s", "version": version, "expires_at": expires_at} | values


class TestItems:
    """`cococat.core.items.Items`."""

    def test_an_item_comes_back_as_it_was(self, backend: Backend) -> None:
        """Whatever plain values it holds; None is an attribute that is not there."""
        stored = item(nested={"a": ["b", {"c": 1}]}, empty="", number=1.5, whole=3, flag=False)
        backend.items.put(stored | {"none": None}, replacing=None)

        assert backend.items.get("p", "s") == stored
        assert backend.items.get("p", "other") is None

    def test_only_the_first_writer_makes_an_item(self, backend: Backend) -> None:
        """The second one learns what is there."""
        backend.items.put(item(writer="one"), replacing=None)

        with pytest.raises(Conflict) as conflict:
            backend.items.put(item(writer="two"), replacing=None)
        assert conflict.value.current == backend.items.get("p", "s") == item(writer="one")

    def test_only_the_first_writer_changes_a_version(self, backend: Backend) -> None:
        """Of two who read the same version one is told of the other's."""
        backend.items.put(item(), replacing=None)
        backend.items.put(item(2, writer="one"), replacing=1)

        with pytest.raises(Conflict) as conflict:
            backend.items.put(item(2, writer="two"), replacing=1)
        assert conflict.value.current == backend.items.get("p", "s") == item(2, writer="one")

    def test_an_absent_item_is_not_changed(self, backend: Backend) -> None:
        """Who knows a version of an item that is gone gets nothing to go on with."""
        with pytest.raises(Conflict) as conflict:
            backend.items.put(item(2), replacing=1)
        assert conflict.value.current == {}
        assert backend.items.get("p", "s") is None

    def test_an_expired_item_counts_as_absent(self, backend: Backend) -> None:
        """It is neither seen nor in the way."""
        backend.items.put(item(5, expires_in=10), replacing=None)
        backend.clock.advance(9.5)
        assert backend.items.get("p", "s") is not None
        with pytest.raises(Conflict):
            backend.items.put(item(), replacing=None)
        backend.clock.advance(0.5)

        assert backend.items.get("p", "s") is None
        backend.items.put(item(), replacing=None)
        assert backend.items.get("p", "s") == item()

    def test_what_was_read_is_a_copy(self, backend: Backend) -> None:
        """Changing it changes nothing in the table."""
        backend.items.put(item(nested={"a": 1}), replacing=None)
        first = backend.items.get("p", "s")
        assert first is not None
        first["nested"]["a"] = 2

        assert backend.items.get("p", "s") == item(nested={"a": 1})

    def test_open_letters_are_listed_newest_first(self, backend: Backend) -> None:
        """Closed ones and other items are not in the list."""
        for number in range(5):
            letter = dead_letters.letter(f"m{number}", "mailbox", "killed", "b", START + number)
            dead_letters.bury(backend.items, letter)
        backend.items.put(item(), replacing=None)
        closed = backend.items.get("m3", "dead")
        assert closed is not None
        closed.pop("dead_state")
        backend.items.put(closed | {"version": 2}, replacing=1)

        assert [one.id for one in backend.letters.open_letters(100)] == ["m4", "m2", "m1", "m0"]
        assert [one.id for one in backend.letters.open_letters(2)] == ["m4", "m2"]


class TestQueues:
    """Mailboxes and outbox."""

    @pytest.fixture(name="url")
    def _url(self, backend: Backend) -> str:
        return backend.make_mailbox("support")

    def receive(self, backend: Backend, url: str) -> str | None:
        """Receive one message and return its body."""
        received = backend.receive(url)
        return received.body if received else None

    def test_a_message_is_received_as_it_was_sent(self, backend: Backend, url: str) -> None:
        """Any sendable text, tabs and line ends too."""
        body = "猫\t\r\n🐈 \x7f<&>"
        backend.mailbox.send(url, body, group="g" * 128, deduplication="d" * 128)
        received = backend.receive(url)

        assert received is not None
        assert (received.body, received.receives) == (body, 1)
        backend.delete(received)
        assert backend.next_due(url) is None

    def test_a_repeat_is_taken_once(self, backend: Backend, url: str) -> None:
        """The same id in the same group is the same message, whatever its body."""
        for body in ("one", "two"):
            backend.mailbox.send(url, body, group="g", deduplication="same")

        assert [self.receive(backend, url) for _ in range(2)] == ["one", None]

    def test_a_group_waits_for_its_first_message(self, backend: Backend, url: str) -> None:
        """While that is worked on, other groups go on; shown again it is still the first."""
        for body, group in (("a1", "a"), ("a2", "a"), ("b1", "b")):
            backend.mailbox.send(url, body, group=group, deduplication=body)
        first = backend.receive(url)
        assert first is not None

        assert [self.receive(backend, url) for _ in range(2)] == ["b1", None]
        backend.hide(first, 5)
        backend.clock.advance(5)
        again = backend.receive(url)
        assert again is not None
        assert (again.body, again.receives) == ("a1", 2)
        backend.delete(again)
        assert self.receive(backend, url) == "a2"

    def test_the_outbox_is_a_queue_like_the_others(self, backend: Backend) -> None:
        """The same promises under its own port."""
        for _ in range(2):
            backend.outbox.send("reply", group="g", deduplication="d")

        assert [self.receive(backend, backend.outbox_url) for _ in range(2)] == ["reply", None]

    def test_a_queue_that_is_not_there_is_an_error_of_ours(self, backend: Backend) -> None:
        """Nobody but the adapter knows AWS's own errors."""
        with pytest.raises(MailboxUnavailable):
            backend.mailbox.send(
                f"{backend.outbox_url}-nowhere.fifo", "body", group="g", deduplication="d"
            )
