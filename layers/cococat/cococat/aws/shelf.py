"""The shelf in S3: a private bucket whose objects go after a day; see `cococat.core.shelf`."""

from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

from botocore.exceptions import ClientError

from cococat.core.opened_files import OpenedFile
from cococat.core.shelf import Shelved

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SECONDS = 3600
"""A URL ends with the credentials that signed it, and a function's live for hours, not for days."""
_ABSENT = (HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN)
"""What S3 says of an object that is not there, to those who may list the bucket and to others."""


class BucketShelf:
    """
    `cococat.core.shelf.Shelf` in a bucket.

    Args:
        s3: the client.
        bucket: the bucket's name.

    """

    def __init__(self, s3: "S3Client", bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    def find(self, name: str) -> Shelved | None:
        """Return the file called *name*, if it lies there."""
        try:
            found = self._s3.head_object(Bucket=self._bucket, Key=name)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] in _ABSENT:
                return None
            raise
        return self._shelved(name, found["ContentType"], found["ContentLength"])

    def put(self, name: str, file: OpenedFile) -> Shelved:
        """Keep *file* under *name*, and return it; no browser shows it in a page of its own."""
        encoded = quote(file.name or "file", safe="")
        self._s3.put_object(
            Bucket=self._bucket,
            Key=name,
            Body=file.content,
            ContentType=file.content_type,
            ContentDisposition=f"attachment; filename*=UTF-8''{encoded}",
        )
        return self._shelved(name, file.content_type, len(file.content))

    def _shelved(self, name: str, content_type: str, size: int) -> Shelved:
        url = self._s3.generate_presigned_url(
            "get_object", Params={"Bucket": self._bucket, "Key": name}, ExpiresIn=SECONDS
        )
        return Shelved(content_type=content_type, size=size, url=url, seconds=SECONDS)


def empty(s3: "S3Client", bucket: str) -> None:
    """Remove every object of *bucket*: CloudFormation deletes no bucket that holds any."""
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for found in page.get("Contents", []):
            s3.delete_object(Bucket=bucket, Key=found["Key"])
