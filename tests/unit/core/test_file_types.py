import pytest
from hypothesis import given
from hypothesis import strategies as st

from cococat.core.errors import AttachmentRefused
from cococat.core.file_types import UNKNOWN, check, recognise

FILES = {
    "image/png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    "image/jpeg": b"\xff\xd8\xff\xe0\0\x10JFIF",
    "image/gif": b"GIF89a\1\0\1\0",
    "image/webp": b"RIFF\x24\0\0\0WEBPVP8 ",
    "image/bmp": b"BM\x46\0\0\0\0\0\0\0\x36\0",
    "image/tiff": b"II*\0\x08\0\0\0",
    "image/heic": b"\0\0\0\x18ftypheic\0\0\0\0",
    "image/avif": b"\0\0\0\x1cftypavif\0\0\0\0",
    "audio/amr": b"#!AMR\n",
    "audio/silk": b"\x02#!SILK_V3",
    "audio/ogg": b"OggS\0\2",
    "audio/mpeg": b"ID3\4\0",
    "audio/wav": b"RIFF\x24\0\0\0WAVEfmt ",
    "audio/mp4": b"\0\0\0\x20ftypM4A \0\0\0\0",
    "video/mp4": b"\0\0\0\x20ftypisom\0\0\2\0",
    "video/webm": b"\x1aE\xdf\xa3\x01",
    "application/pdf": b"%PDF-1.7\n",
    "application/zip": b"PK\x03\x04\x14\0",
}
KINDS = ("image", "voice", "video")


@pytest.mark.parametrize("media_type", FILES)
def test_a_file_is_recognised_by_its_first_bytes(media_type: str) -> None:
    """Whatever its platform says."""
    assert recognise(FILES[media_type]) == media_type
    assert check("file", "text/html", FILES[media_type]) == media_type


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("media_type", FILES)
def test_each_kind_takes_its_own_types(kind: str, media_type: str) -> None:
    """A picture is no sound; sound and video share their containers."""
    family = media_type.partition("/")[0]
    fits = family == "image" if kind == "image" else family in ("audio", "video")
    if fits:
        assert check(kind, "", FILES[media_type]) == media_type
    else:
        with pytest.raises(AttachmentRefused, match="wrong_type"):
            check(kind, "", FILES[media_type])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "content", [b"<html>", b"\xef\xbb\xbf <!DOCTYPE html>", b"\n<svg/>", b"<?xml version='1'?>"]
)
def test_markup_is_no_medium(kind: str, content: bytes) -> None:
    """What a browser would run does not pass for a picture, a voice or a video."""
    with pytest.raises(AttachmentRefused, match="wrong_type"):
        check(kind, f"{kind}/x", content)


@pytest.mark.parametrize(
    ("said", "media_type"),
    [
        ("Text/Plain; charset=utf-8", "text/plain"),
        ("audio/speex", "audio/speex"),
        ("", UNKNOWN),
        ("text", UNKNOWN),
        ("text/plain\r\nX-Evil: 1", UNKNOWN),
    ],
)
def test_what_nobody_recognises_is_what_its_platform_says(said: str, media_type: str) -> None:
    """If that is a media type at all."""
    assert check("file", said, b"hello") == media_type


def test_a_voice_that_nobody_recognises_is_taken() -> None:
    """Platforms have formats of their own."""
    assert check("voice", "audio/speex", b"\0\1\2") == "audio/speex"


@given(st.binary(max_size=40), st.text(max_size=20))
def test_whatever_comes_is_a_type_or_a_refusal(content: bytes, said: str) -> None:
    """Nothing breaks the check."""
    assert "/" in check("file", said, content)
