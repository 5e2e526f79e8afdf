"""The names of one province in one small file, for phones that have no network: its areas, then the names that most
people mean, as many as fit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from kentongan.foundation.remembering import remembered
from kentongan.places import addressing, gazetteer
from kentongan.places.ground import attribution, ground

MOST_BYTES = 500_000  # about 170,000 packed: fifteen seconds of a slow link
SHORTEST = 28  # bytes of a line: so many of the weightiest names are looked at
Line = list[Any]


def province_file(code: str) -> bytes:
    """`{"province", "name", "attribution", "places": [[name, in, lon, lat], …]}` as JSON, at most `MOST_BYTES`.

    `in` is the number of the line of the area that the place lies in, -1 for the province; degrees WGS 84 to four
    digits.

    Raises KeyError for what is no code of a province.
    """
    known = gazetteer.areas()
    if "." in code or code not in known:
        raise KeyError(code)
    under = ground()
    return _made(code, id(known), under)


@remembered(maxsize=4)
def _made(code: str, _of: int, _under: object) -> bytes:
    known, numbers = gazetteer.areas(), {code: -1}
    room = MOST_BYTES - 200
    lines: list[bytes] = []
    for key, line in _lines(code):
        line[1] = numbers.get(line[1], numbers.get(line[1][:8], -1))
        packed = orjson.dumps(line)
        room -= len(packed) + 1
        if room < 0:
            break
        if key:
            numbers[key] = len(lines)
        lines.append(packed)
    head = orjson.dumps({"province": code, "name": addressing.called(known[code]), "attribution": attribution()})
    return head[:-1] + b',"places":[' + b",".join(lines) + b"]}"


def _lines(code: str) -> Iterator[tuple[str, Line]]:
    """The code of an area (empty: of a street or landmark) and its line, larger areas first."""
    inside = [one for one in gazetteer.areas().values() if one.code.startswith(f"{code}.")]
    for one in sorted(inside, key=lambda one: (one.code.count("."), one.code)):
        if one.own_point or one.level != "village":
            yield one.code, [addressing.called(one), one.code.rpartition(".")[0], round(one.lon, 4), round(one.lat, 4)]
    if (under := ground()) is not None:
        for row in under.of_province(code, MOST_BYTES // SHORTEST):
            yield "", [row.name, row.area, round(row.lon, 4), round(row.lat, 4)]
