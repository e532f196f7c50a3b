import os
from collections.abc import Callable

import pytest

from cococat.bootstrap import command


def exit_code(main: Callable[[], int]) -> object:
    """Return the code that *main* ends with."""
    with pytest.raises(SystemExit) as ended:
        command.run(main)
    return ended.value.code


@pytest.mark.parametrize("size", [1, 1_000_000])
def test_who_reads_no_further_is_told_no_error(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """Whether the pipe breaks in the middle or at the end."""

    def talk() -> int:
        print("x" * size)
        return command.OK

    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w", encoding="utf-8") as closed:  # noqa: PTH123 - a descriptor
        monkeypatch.setattr("sys.stdout", closed)

        assert exit_code(talk) == command.FAILED


def test_a_command_ends_with_its_code() -> None:
    """Whatever it is."""
    assert [exit_code(lambda code=code: code) for code in range(3)] == [0, 1, 2]  # type: ignore[misc]
