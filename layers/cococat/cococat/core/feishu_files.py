"""
The files that came with Feishu messages, and what was forwarded in them.

Source: Feishu Open Platform, "Get resource files of a message".
"""

from cococat.core import feishu_forwarded
from cococat.core.channels import Fetched
from cococat.core.errors import AttachmentRefused, DeliveryFailed, OperatorNeeded
from cococat.core.feishu_api import Call, FeishuApi, code_of, refuse, segment
from cococat.core.feishu_content import FORWARDED
from cococat.core.opened_files import MAX_SIZE

OK = 200
NAMES = 3
"""What a ref has: message, type and key; see `feishu_content.ref`."""


def fetch(api: FeishuApi, ref: str) -> Fetched:
    """
    Return the file that `feishu_content.ref` calls *ref*; see `FetchesAttachments`.

    Raises:
        AttachmentRefused: Feishu does not have it any more.
        DeliveryError: Feishu does not give it, now or ever.
        PlatformUnreachable: Feishu could not be asked, or its answer got lost.

    """
    names = [segment(each) for each in ref.split("/")]
    if len(names) != NAMES:
        raise AttachmentRefused("gone")
    message, kind, key = names
    try:
        if kind == FORWARDED:
            return feishu_forwarded.fetch(api, message)
        return _download(api, message, kind, key)
    except OperatorNeeded:
        raise
    except DeliveryFailed:
        raise AttachmentRefused("gone") from None


def _download(api: FeishuApi, message: str, kind: str, key: str) -> Fetched:
    path = f"/im/v1/messages/{message}/resources/{key}"
    answer = api.fetch(Call(method="GET", path=path, query=(("type", kind),)), MAX_SIZE)
    # A good answer is the file itself, an error is JSON.
    code = code_of(answer)
    if code or answer.status != OK:
        refuse(code, answer)
    content_type = answer.headers.get("content-type", "").partition(";")[0].strip()
    return Fetched(content_type=content_type, pieces=(answer.body,))
