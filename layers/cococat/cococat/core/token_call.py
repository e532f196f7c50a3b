"""A call that needs an access token: a refused token is replaced once."""

from collections.abc import Callable

from cococat.core.access_tokens import AccessTokens, TokenSource
from cococat.core.errors import (
    CredentialsRefused,
    DeliveryDelayed,
    OperatorNeeded,
    PlatformUnreachable,
    TokenRefused,
)


def call_with_token[T](
    tokens: AccessTokens, key: str, source: TokenSource, call: Callable[[str], T]
) -> T:
    """
    Return what *call* returns with a valid token of the account with *key*.

    Raises:
        OperatorNeeded: the platform does not take the account's credentials.
        DeliveryDelayed: there is no token to be had, or the new one is refused too.

    """
    token = _token(tokens, key, source)
    try:
        return call(token)
    except TokenRefused:
        tokens.drop(key, token)
    return call(_token(tokens, key, source))


def _token(tokens: AccessTokens, key: str, source: TokenSource) -> str:
    try:
        return tokens.get(key, source)
    except CredentialsRefused as error:
        raise OperatorNeeded(error.code, error.message, is_credentials=error.are_wrong) from None
    except PlatformUnreachable as error:
        raise DeliveryDelayed("no_access_token") from error
