"""HTTP to the platforms, by requests; see `cococat.core.libraries.HttpClient`."""

import requests

from cococat.core.errors import PlatformUnreachable

MAX_ANSWER = 1024 * 1024


class RequestsClient:
    """Makes requests with one session; no redirects, and no answer without an end."""

    def __init__(self) -> None:
        self._session = requests.Session()

    def post_json(self, url: str, body: bytes, seconds: float) -> bytes:
        """
        Post *body*, JSON in UTF-8, and return the answer's body.

        Raises:
            PlatformUnreachable: there was no answer, or not a good one; it never quotes the URL.

        """
        try:
            answer = self._session.post(
                url,
                data=body,
                headers={"content-type": "application/json; charset=utf-8"},
                timeout=seconds,
                allow_redirects=False,
                stream=True,
            )
            with answer:
                content = answer.raw.read(MAX_ANSWER + 1, decode_content=True)
        except (requests.RequestException, OSError) as error:
            raise PlatformUnreachable(type(error).__name__) from None
        if answer.status_code != requests.codes.ok or len(content) > MAX_ANSWER:
            raise PlatformUnreachable(f"HTTP {answer.status_code}")
        return bytes(content)
