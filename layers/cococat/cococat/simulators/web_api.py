"""A caller of the Web API."""

import json
from dataclasses import dataclass, field

from cococat.core.http import Request, Response
from cococat.simulators.transport import Transport


@dataclass(frozen=True, slots=True, kw_only=True)
class WebApiCaller:
    """
    Someone with a key who asks and waits for answers.

    Attributes:
        transport: the way to the door.
        endpoint: the entry's endpoint.
        api_key: the entry's key.

    """

    transport: Transport
    endpoint: str
    api_key: str = field(repr=False)

    def ask(
        self,
        user_id: str,
        content: str,
        *,
        wait: float = 0,
        msg_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> Response:
        """Send one message and return the door's answer."""
        question = {"user_id": user_id, "content": content, "wait": wait}
        headers = {} if idempotency_key is None else {"idempotency-key": idempotency_key}
        if msg_id is not None:
            question["msg_id"] = msg_id
        return self.post(json.dumps(question, ensure_ascii=False).encode("utf-8"), headers)

    def post(self, body: bytes, headers: dict[str, str] | None = None) -> Response:
        """Send *body* as it is and return the door's answer."""
        sent = self._headers() | {"content-type": "application/json"} | (headers or {})
        return self.transport(Request(method="POST", path=self.endpoint, headers=sent, body=body))

    def fetch(self, message_id: str, *, wait: float = 0) -> Response:
        """Ask for the answer to message *message_id*."""
        return self.transport(
            Request(
                method="GET",
                path=f"{self.endpoint}/messages/{message_id}",
                query=f"wait={wait}",
                headers=self._headers(),
            )
        )

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.api_key}"}
