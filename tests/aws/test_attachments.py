"""Files for agents outside: the route, over everything that it wires, and a bucket."""

import base64
import json
from collections.abc import Iterator

import pytest
from moto import mock_aws

from cococat.aws.shelf import BucketShelf, empty
from cococat.bootstrap import publishing
from cococat.bootstrap.common import aws
from cococat.core import mailbox
from cococat.core.message_record import LIFETIME
from cococat.core.opened_files import OpenedFile
from cococat.core.shelf import DAY
from cococat.simulators.web_api import WebApiCaller
from tests.support.api import error, value
from tests.support.cloud import Cloud
from tests.support.deployed import Deployed, deployed

pytestmark = pytest.mark.aws

PNG = b"\x89PNG\r\n\x1a\n and so on"
WEB = {"endpoint": "/api/channel/shop/ask", "api_key": "key-of-the-operator-0123"}
FILE = OpenedFile(kind="image", name='猫 "1".png', content_type="image/png", content=PNG)


@pytest.fixture(name="stack")
def _stack() -> Iterator[Deployed]:
    with mock_aws(), deployed(has_bucket=True) as stack:
        yield stack


def ask(stack: Deployed) -> str:
    """Send a message with a file, and return the ref that its agent gets."""
    stack.connect("web_api", WEB)
    caller = WebApiCaller(transport=stack.door, endpoint=WEB["endpoint"], api_key=WEB["api_key"])
    file = {"name": "cat.png", "content": base64.b64encode(PNG).decode("ascii")}
    question = {"user_id": "ann", "content": "look", "attachments": [file]}
    assert caller.post(json.dumps(question).encode("ascii")).status == 202
    (name,) = [each for each in stack.cloud.queues() if each.endswith("-mailbox-shop.fifo")]
    url = stack.cloud.sqs.get_queue_url(QueueName=name)["QueueUrl"]
    (received,) = stack.cloud.sqs.receive_message(QueueUrl=url)["Messages"]
    (found,) = mailbox.parse(received["Body"]).attachments
    return found.ref


def test_the_ref_in_a_message_opens_the_file(stack: Deployed) -> None:
    """The answer is a URL that is good for an hour, and what lies there is the file."""
    answer = stack.attachment(ask(stack))

    found = value(answer)
    url = found.pop("url")
    assert answer.status == 200
    assert found == {
        "kind": "image",
        "name": "cat.png",
        "content_type": "image/png",
        "size": len(PNG),
        "url_expires_at": "2027-01-15T09:00:00.000+00:00",
        "file_expires_at": "2027-01-16T08:00:00.000+00:00",
    }
    assert answer.headers["cache-control"] == "no-store"
    assert "X-Amz-Expires=3600" in url
    assert "X-Amz-Signature=" in url
    s3 = aws().client("s3")
    (key,) = [each["Key"] for each in s3.list_objects_v2(Bucket=stack.cloud.bucket)["Contents"]]
    assert s3.get_object(Bucket=stack.cloud.bucket, Key=key)["Body"].read() == PNG
    assert key in url


def test_for_a_day_there_is_a_fresh_url(stack: Deployed) -> None:
    """Even if the platform does not have the file any more; no URL says that it outlives it."""
    ref = ask(stack)
    stack.clock.advance(LIFETIME / 2)
    assert stack.attachment(ref).status == 200
    stack.clock.advance(DAY - 60)

    found = value(stack.attachment(ref))
    assert (found["size"], "X-Amz-Expires=60&" in found["url"]) == (len(PNG), True)
    assert found["url_expires_at"] == found["file_expires_at"] == "2027-01-16T20:00:00.000+00:00"
    stack.clock.advance(60)
    assert error(stack.attachment(ref)) == "gone"


def test_a_file_that_the_platform_has_no_more_is_gone(stack: Deployed) -> None:
    """404 with the reason."""
    ref = ask(stack)
    stack.clock.advance(LIFETIME)

    answer = stack.attachment(ref)
    assert (answer.status, error(answer)) == (404, "gone")


def test_a_ref_that_is_not_ours_is_not_found(stack: Deployed) -> None:
    """A forged seal, half a ref, another channel's: all the same, and nothing is fetched."""
    ref = ask(stack)
    for wrong in (f"{ref}x", ref[: len(ref) // 2], "x.y", "", ref[1:]):
        answer = stack.attachment(wrong)
        assert (answer.status, error(answer)) == (404, "not_found")

    stack.disconnect("web_api")
    stack.restart()
    assert error(stack.attachment(ref)) == "not_found"


def test_without_a_bucket_the_answer_says_what_to_do() -> None:
    """And only whoever has a ref learns it."""
    with mock_aws(), deployed() as stack:
        answer = stack.attachment(ask(stack))
        assert (answer.status, error(answer)) == (404, "no_bucket")
        assert "AttachmentBucket=yes" in answer.body
        assert error(stack.attachment("x")) == "not_found"


def test_the_end_of_the_stack_empties_the_bucket(stack: Deployed) -> None:
    """CloudFormation could not delete it otherwise."""
    stack.attachment(ask(stack))
    stack.run("mailboxes", lambda _event, _context: publishing.remove_all(), {})

    assert "Contents" not in aws().client("s3").list_objects_v2(Bucket=stack.cloud.bucket)


def test_no_browser_opens_a_file_as_a_page(cloud: Cloud) -> None:
    """Whatever it is, and whatever it is called."""
    s3 = aws().client("s3")
    shelf = BucketShelf(s3, cloud.bucket, cloud.clock)
    shelf.put("name", FILE)

    found = s3.head_object(Bucket=cloud.bucket, Key="name")
    assert found["ContentDisposition"] == "attachment; filename*=UTF-8''%E7%8C%AB%20%221%22.png"
    assert found["ContentType"] == "image/png"


def test_what_is_not_there_is_not_found(cloud: Cloud) -> None:
    """On a shelf that is empty, or was emptied."""
    s3 = aws().client("s3")
    shelf = BucketShelf(s3, cloud.bucket, cloud.clock)
    assert shelf.find("name") is None
    put = shelf.put("name", FILE)
    found = shelf.find("name")
    assert found is not None
    assert (found.size, found.content_type) == (put.size, put.content_type)
    empty(s3, cloud.bucket)

    assert shelf.find("name") is None
