"""Photos whose camera wrote its place in odd ways, and what each place is: read alike by the server and by the phone.

After jmathai/immich-exif#16, immich-app/immich#3154, python-pillow/Pillow#8965, mysociety/fixmystreet#1411 and others.
"""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

from PIL import Image

RATIONAL, SIGNED, DOUBLE, LONG, SHORT = 5, 10, 12, 4, 3
_PACKED = {RATIONAL: "II", SIGNED: "ii", DOUBLE: "d", LONG: "I", SHORT: "H"}
LAT, LON = ((6, 1), (10, 1), (3140, 100)), ((106, 1), (49, 1), (3770, 100))
HERE = (106.827139, -6.175389)


def block(lat: Any = LAT, lon: Any = LON, sides: tuple[str, str] = ("S\0", "E\0"), kind: int = RATIONAL,
          order: str = "<") -> bytes:  # fmt: skip
    """A TIFF with a directory of GPS alone; values of `kind`, a side that is empty is left out."""
    rows: list[tuple[int, int, int, bytes]] = []
    for tag, side, parts in ((1, sides[0], lat), (3, sides[1], lon)):
        if side:
            rows.append((tag, 2, len(side), side.encode()))
        packed = [struct.pack(order + _PACKED[kind], *(one if isinstance(one, tuple) else (one,))) for one in parts]
        rows.append((tag + 1, kind, len(parts), b"".join(packed)))
    begins, data = 26 + 2 + 12 * len(rows) + 4, b""
    listed = struct.pack(order + "H", len(rows))
    for tag, type_, many, raw in rows:
        where = raw.ljust(4, b"\0") if len(raw) <= 4 else struct.pack(order + "I", begins + len(data))
        listed += struct.pack(order + "HHI", tag, type_, many) + where
        data += raw if len(raw) > 4 else b""
    first = struct.pack(order + "HHHIII", 1, 0x8825, LONG, 1, 26, 0)
    magic = b"II*\0" if order == "<" else b"MM\0*"
    return magic + struct.pack(order + "I", 8) + first + listed + b"\0\0\0\0" + data


def jpeg(tiff: bytes, before: bytes = b"") -> bytes:
    """A JPEG with this Exif, and other bytes in front of it."""
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (90, 90, 90)).save(out, "JPEG", exif=b"Exif\0\0" + tiff)
    return out.getvalue()[:2] + before + out.getvalue()[2:]


def png(tiff: bytes, in_front_of: bytes = b"IDAT") -> bytes:
    """A PNG with this Exif."""
    out = io.BytesIO()
    Image.new("RGB", (64, 48)).save(out, "PNG")
    at = out.getvalue().index(in_front_of) - 4
    chunk = struct.pack(">I", len(tiff)) + b"eXIf" + tiff + struct.pack(">I", zlib.crc32(b"eXIf" + tiff))
    return out.getvalue()[:at] + chunk + out.getvalue()[at:]


UNKNOWN = (0, 0)
ODD: dict[str, tuple[bytes, tuple[float, float] | None]] = {
    "plain": (jpeg(block()), HERE), "Motorola's order": (jpeg(block(order=">")), HERE),
    "a decimal": (jpeg(block(((61754, 10000), (0, 1), (0, 1)), ((106827, 1000), (0, 1), (0, 1)))), (106.827, -6.1754)),
    "minutes with a fraction": (
        jpeg(block(((6, 1), (10523, 1000), (0, 1)), ((106, 1), (49628, 1000), (0, 1)))), (106.827133, -6.175383)),
    "seconds unknown, minutes with a fraction": (
        jpeg(block(((6, 1), (10523, 1000), UNKNOWN), ((106, 1), (49628, 1000), UNKNOWN))), (106.827133, -6.175383)),
    "seconds unknown": (jpeg(block(((6, 1), (10, 1), UNKNOWN), ((106, 1), (49, 1), UNKNOWN))), None),
    "minutes unknown": (jpeg(block(((6, 1), UNKNOWN, UNKNOWN), ((106, 1), UNKNOWN, UNKNOWN))), None),
    "nothing known": (jpeg(block((UNKNOWN,) * 3, (UNKNOWN,) * 3)), None),
    "null island": (jpeg(block(((0, 1),) * 3, ((0, 1),) * 3)), None),
    "two numbers": (jpeg(block(LAT[:2], LON[:2])), (106.816667, -6.166667)),
    "one number": (jpeg(block(LAT[:1], LON[:1])), (106.0, -6.0)),
    "no sides": (jpeg(block(sides=("", ""))), None), "one side": (jpeg(block(sides=("", "E\0"))), None),
    "small letters": (jpeg(block(sides=("s\0", "e\0"))), HERE), "words": (jpeg(block(sides=("South\0",
    "East\0"))), HERE),
    "a blank": (jpeg(block(sides=(" \0", " \0"))), None), "a blank in front": (jpeg(block(sides=(" S\0",
    " E\0"))), HERE),
    "sides without an end": (jpeg(block(sides=("S", "E"))), HERE), "sides swapped": (jpeg(block(sides=("E\0",
    "S\0"))), None),
    "61 minutes": (jpeg(block(((6, 1), (61, 1), (0, 1)))), None),
    "75 seconds": (jpeg(block((*LAT[:2], (75, 1)))), None),
    "60 seconds": (jpeg(block((*LAT[:2], (60, 1)))), (106.827139, -6.183333)),
    "91 degrees": (jpeg(block(((91, 1), (0, 1), (0, 1)))), None),
    "181 degrees": (jpeg(block(LAT, ((181, 1), (0, 1), (0, 1)))), None),
    "below nought": (jpeg(block(((-6, 1), *LAT[1:]), kind=SIGNED)), None), "signed": (jpeg(block(kind=SIGNED)), HERE),
    "doubles": (jpeg(block((6.0, 10.0, 31.4), (106.0, 49.0, 37.7), kind=DOUBLE)), HERE),
    "whole numbers": (jpeg(block((6, 10, 31), (106, 49, 38), kind=LONG)), (106.827222, -6.175278)),
    "short ones": (jpeg(block((6, 10, 31), (106, 49, 38), kind=SHORT)), (106.827222, -6.175278)),
    "huge": (jpeg(block(((2**32 - 1, 1), *LAT[1:]))), None),
    "XMP in front": (jpeg(block(), b"\xff\xe1\x00\x2ahttp://ns.adobe.com/xap/1.0/\0" + b"x" * 11), HERE),
    "a comment in front": (jpeg(block(), b"\xff\xfe\0\x06abcd"), HERE),
    "bytes that fill": (jpeg(block(), b"\xff" * 3), HERE),
    "PNG": (png(block()), HERE), "at the end of a PNG": (png(block(), b"IEND"), HERE),
    "PNG with JPEG's beginning": (png(b"Exif\0\0" + block()), HERE), "no end mark": (jpeg(block())[:-2], HERE),
}  # fmt: skip
