"""What of a foreign file is needed to see its picture. Decoders stumble over oddities of what lies beside the pixels
(a comment that is too long, a wrong checksum, a cut-off resolution), and none of these may refuse a picture."""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Iterator
from itertools import islice

from PIL import Image

_PNG = b"\x89PNG\r\n\x1a\n"
_MOST_KEPT, _MOST_TRIED = 16, 64  # pieces beside the pixels of a PNG: a reader is asked about each
_MOST_PIECES = 32_768  # of a file: programs write hundreds, and each costs every reader of it time and memory
_TEXTS = (b"Raw profile type exif", b"Raw profile type APP1", b"XML:com.adobe.xmp")  # where some write the orientation
_NO_EXIF = b"MM\0*\0\0\0\x08\0\0\0\0\0\0"
# The segments of a JPEG that say how it is to be seen, and the least length with which Pillow reads each.
_JPEG_KEPT = [
    (0xE0, b"JFIF\0", 14), (0xE1, b"Exif\0\0", 6), (0xE1, b"http://ns.adobe.com/xap/1.0/\0", 29),
    (0xE2, b"ICC_PROFILE\0", 14), (0xEE, b"Adobe", 12),
]  # fmt: skip
_EXIF_ITEM = re.compile(rb"(infe.{8})Exif", re.DOTALL)


def lean(content: bytes) -> bytes:
    """The same picture with its colours, its Exif and nothing else: the first one of a JPEG with several, the one
    that is shown of a moving PNG. Unchanged where it is of no kind that decoders stumble over; nothing where it is cut
    into more pieces than any program writes."""
    if content.startswith(_PNG):
        return _lean_png(content)
    return _lean_jpeg(content) if content.startswith(b"\xff\xd8\xff") else content


def without_exif(content: bytes) -> bytes:
    """An AVIF whose Exif nobody looks at: libavif refuses the picture where that does not begin as it should."""
    return _EXIF_ITEM.sub(rb"\1none", content) if content[4:12] == b"ftypavif" else content


def _lean_jpeg(content: bytes) -> bytes:
    """Segments up to the pixels are kept if they are needed. What follows something odd stays as it is."""
    kept, at = [content[:2]], 2
    for _piece in range(_MOST_PIECES):
        if at + 4 > len(content) or content[at] != 0xFF:
            break
        marker, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4])
        if not (0xC0 <= marker < 0xD0 or 0xDB <= marker < 0xFF) or length < 2:
            break
        if not (0xE0 <= marker < 0xF0 or marker == 0xFE) or _says(marker, content[at + 4 : at + 2 + length]):
            kept.append(content[at : at + 2 + length])
        at += 2 + length
    else:
        return b""
    return b"".join([*kept, content[at:]])


def _says(marker: int, body: bytes) -> bool:
    return any(marker == one and body.startswith(start) and len(body) >= least for one, start, least in _JPEG_KEPT)


def _lean_png(content: bytes) -> bytes:
    """Critical chunks stay; of the others those that a reader takes, and in front of the pixels, so that what the
    camera wrote is read without unpacking them."""
    head = rest = b""
    body: list[tuple[bytes, bytes]] = []
    beside: list[tuple[bytes, bytes]] = []
    tried, pieces = 0, list(islice(_chunks(content), _MOST_PIECES + 1))
    if len(pieces) > _MOST_PIECES:
        return b""
    for kind, chunk in pieces:
        if kind == b"IHDR" and not head:
            head = chunk
        elif not kind:
            rest = chunk
        elif kind[0] < ord("a"):
            body.append((kind, chunk))
        elif _is_wanted(kind, chunk) and len(beside) < _MOST_KEPT and tried < _MOST_TRIED:
            tried += 1
            beside += [(kind, chunk)] if _is_taken(_PNG + head + chunk) else []
    if not any(kind == b"eXIf" or chunk[8:].startswith(_TEXTS[:2]) for kind, chunk in beside):
        beside.append((b"eXIf", _chunk(b"eXIf", _NO_EXIF)))  # else Pillow unpacks the pixels to look behind them
    palette = [chunk for kind, chunk in body if kind == b"PLTE"][:1]
    others = [chunk for kind, chunk in body if kind != b"PLTE"]
    return b"".join([_PNG, head, *palette, *(chunk for _kind, chunk in beside), *others, rest])


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each kind with the whole chunk; at last no kind with what is none."""
    at = len(_PNG)
    while at + 12 <= len(content):
        end = at + 12 + int.from_bytes(content[at : at + 4])
        kind = content[at + 4 : at + 8]
        if end > len(content) or not kind.isalpha():
            break
        yield kind, content[at:end]
        at = end
    yield b"", content[at:]


def _is_wanted(kind: bytes, chunk: bytes) -> bool:
    texts = kind in {b"tEXt", b"zTXt", b"iTXt"} and chunk[8:].startswith(_TEXTS)
    return texts or kind in {b"tRNS", b"iCCP", b"eXIf"}


def _is_taken(begun: bytes) -> bool:
    """Whether a picture that begins so is opened; its pixels do not matter."""
    try:
        Image.open(io.BytesIO(begun + _chunk(b"IDAT", b"")), formats=["PNG"])
    except Exception:  # noqa: BLE001  readers raise anything for foreign bytes
        return False
    return True


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
