"""The files that came with messages, wired: for agents outside, and for the bucket's end."""

from functools import cache
from typing import TYPE_CHECKING

from botocore.config import Config

from cococat.aws import clients, shelf
from cococat.aws.shelf import BucketShelf
from cococat.bootstrap.common import CLOCK, aws, channels, directory, environment
from cococat.core.attachments import ChannelOpener
from cococat.routes.attachments import AttachmentRoute

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CONFIG = clients.CONFIG.merge(Config(read_timeout=10, signature_version="s3v4"))


@cache
def s3() -> "S3Client":
    """Return the S3 client."""
    return aws().client("s3", config=CONFIG)


@cache
def route() -> AttachmentRoute:
    """Return the route."""
    bucket = environment().bucket
    return AttachmentRoute(
        opener=ChannelOpener(directory(), channels(), CLOCK),
        shelf=BucketShelf(s3(), bucket, CLOCK) if bucket else None,
    )


def empty_bucket() -> None:
    """Remove what lies in the bucket, where there is one."""
    if environment().bucket:
        shelf.empty(s3(), environment().bucket)
