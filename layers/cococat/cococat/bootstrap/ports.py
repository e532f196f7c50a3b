"""The port that a command is to listen at."""

import argparse

LAST = 65_535


def port_number(text: str, *, least: int = 1) -> int:
    """
    Return the port that *text* names; for argparse.

    Raises:
        ArgumentTypeError: it names none.

    """
    if text.isascii() and text.isdigit() and len(text) <= len(str(LAST)):
        number = int(text)
        if least <= number <= LAST:
            return number
    message = f"a port is a number from {least} to {LAST}"
    raise argparse.ArgumentTypeError(message)
