"""A request's query, read strictly: what a signature covers may not be said twice."""

from urllib.parse import parse_qsl

from cococat.core.errors import MalformedMessage

MAX_FIELDS = 20


def single_values(query: str) -> dict[str, str]:
    """
    Return the values of *query*, still raw as it was sent, by their names.

    Raises:
        MalformedMessage: a name stands in it twice, it is not UTF-8, or there are too many.

    """
    try:
        pairs = _pairs(query)
    except ValueError as error:
        raise MalformedMessage("the query can't be read") from error
    values = dict(pairs)
    if len(values) != len(pairs):
        raise MalformedMessage("a name stands in the query twice")
    return values


def _pairs(query: str) -> list[tuple[str, str]]:
    if "%" not in query and "+" not in query and query.count("&") < MAX_FIELDS:
        # Nothing is encoded, as in most callbacks: it only has to be taken apart.
        parts = [part.partition("=") for part in query.split("&") if part]
        return [(name, value) for name, _, value in parts]
    return parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
