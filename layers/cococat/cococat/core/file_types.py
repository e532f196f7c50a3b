"""
What a file is, by its first bytes, and whether that is what its kind says.

Sources of the signatures: PNG (ISO/IEC 15948, 5.2), JPEG (ITU-T T.81, B.1.1.3), GIF89a (17),
RFC 9649 (WebP), ISO/IEC 14496-12 4.3 (`ftyp` and its brands), RFC 3533 (Ogg), RFC 4867 (AMR),
RFC 9559 (Matroska), ID3v2.4 (3.1), BITMAPFILEHEADER (Windows GDI). Tencent's
variant of SILK puts a 2 before the name.
"""

import re

from cococat.core.errors import AttachmentRefused

UNKNOWN = "application/octet-stream"

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"#!AMR", "audio/amr"),
    (b"#!SILK", "audio/silk"),
    (b"\x02#!SILK", "audio/silk"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"\x1aE\xdf\xa3", "video/webm"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
)
_BITMAP = re.compile(rb"BM....\0\0\0\0", re.DOTALL)
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_BRANDS = {
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"mif1": "image/heif",
    b"avif": "image/avif",
    b"M4A ": "audio/mp4",
}
_MARKUP = re.compile(rb"(\xef\xbb\xbf)?\s*<(!|\?|html|head|body|script|svg)", re.IGNORECASE)
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,62}/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}")
_FAMILIES = {"image": ("image",), "voice": ("audio", "video"), "video": ("video", "audio")}
"""Kind -> what may be in it; sound and picture share their containers."""


def recognise(content: bytes) -> str:
    """Return the media type that the first bytes of *content* give away, or nothing."""
    for signature, media_type in _SIGNATURES:
        if content.startswith(signature):
            return media_type
    if content.startswith(b"RIFF"):
        return _RIFF.get(content[8:12], "")
    if content[4:8] == b"ftyp":
        return _BRANDS.get(content[8:12], "video/mp4")
    return "image/bmp" if _BITMAP.match(content) else ""


def check(kind: str, said: str, content: bytes) -> str:
    """
    Return the media type of a file.

    Args:
        kind: image, voice, video or file.
        said: what its platform says that it is; may be empty.
        content: its bytes.

    Raises:
        AttachmentRefused: it is not of its kind.

    """
    found = recognise(content)
    allowed = _FAMILIES.get(kind)
    is_unproven = not found and (kind == "image" or _MARKUP.match(content) is not None)
    if allowed and (is_unproven or (found and found.partition("/")[0] not in allowed)):
        raise AttachmentRefused("wrong_type")
    return found or _media_type(said)


def _media_type(said: str) -> str:
    """Return *said* without its parameters, if it is a media type at all."""
    bare = said.partition(";")[0].strip().lower()
    return bare if _MEDIA_TYPE.fullmatch(bare) else UNKNOWN
