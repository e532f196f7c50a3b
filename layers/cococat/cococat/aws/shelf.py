"""The shelf in S3: a private bucket whose objects go after a day; see `cococat.core.shelf`."""

from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

from botocore.exceptions import ClientError

from cococat.core.clock import Clock
from cococat.core.opened_files import OpenedFile
from cococat.core.shelf import DAY, Shelved

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SECONDS = 3600
"""
For which a URL is good. S3 takes one no longer than the credentials that signed it, and those of
a function live for hours: a URL that says a day would end before it does, and nobody knew when.
"""
EXPIRES = "expires"
"""Name of what an object says of its end; S3 itself removes it at the midnight after that."""
_ABSENT = (HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN)
"""What S3 says of an object that is not there, to those who may list the bucket and to others."""


class BucketShelf:
    """
    `cococat.core.shelf.Shelf` in a bucket.

    Args:
        s3: the client.
        bucket: the bucket's name.
        clock: the time.

    """

    def __init__(self, s3: "S3Client", bucket: str, clock: Clock) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._clock = clock

    def find(self, name: str) -> Shelved | None:
        """Return the file called *name*, if it lies there."""
        try:
            found = self._s3.head_object(Bucket=self._bucket, Key=name)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] in _ABSENT:
                return None
            raise
        expires_at = int(found["Metadata"].get(EXPIRES, "0"))
        if expires_at <= self._clock.now():
            return None
        return self._shelved(name, found["ContentType"], found["ContentLength"], expires_at)

    def put(self, name: str, file: OpenedFile) -> Shelved:
        """Keep *file* under *name*, and return it; no browser shows it in a page of its own."""
        encoded = quote(file.name or "file", safe="")
        expires_at = int(self._clock.now()) + DAY
        self._s3.put_object(
            Bucket=self._bucket,
            Key=name,
            Body=file.content,
            ContentType=file.content_type,
            ContentDisposition=f"attachment; filename*=UTF-8''{encoded}",
            Metadata={EXPIRES: str(expires_at)},
        )
        return self._shelved(name, file.content_type, len(file.content), expires_at)

    def _shelved(self, name: str, content_type: str, size: int, expires_at: int) -> Shelved:
        now = int(self._clock.now())
        seconds = max(1, min(SECONDS, expires_at - now))
        url = self._s3.generate_presigned_url(
            "get_object", Params={"Bucket": self._bucket, "Key": name}, ExpiresIn=seconds
        )
        return Shelved(
            content_type=content_type,
            size=size,
            url=url,
            url_expires_at=now + seconds,
            file_expires_at=expires_at,
        )


def empty(s3: "S3Client", bucket: str) -> None:
    """Remove every object of *bucket*: CloudFormation deletes no bucket that holds any."""
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for found in page.get("Contents", []):
            s3.delete_object(Bucket=bucket, Key=found["Key"])
