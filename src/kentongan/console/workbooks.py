"""A workbook (XLSX, ECMA-376) that leaves while it is made: texts and numbers in one sheet, and nothing that is worked
out.

Written here as libraries give no byte before the last row is in their file, and a request for 100,000 rows would say
nothing for half a minute.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, cast
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

LONGEST = 32_767  # characters that a cell has room for
TOGETHER = 500  # rows that are packed and sent together
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # in XML 1.0
_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")  # what a spreadsheet would read as a letter's number
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_LINK = (
    f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{_OFFICE}/{{}}" Target="{{}}"/></Relationships>'
)
PARTS = {
    "[Content_Types].xml": f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KIND}.worksheet+xml"/></Types>',
    "_rels/.rels": _LINK.format("officeDocument", "xl/workbook.xml"),
    "xl/_rels/workbook.xml.rels": _LINK.format("worksheet", "worksheets/sheet1.xml"),
    "xl/workbook.xml": f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
    '<sheet name="Sheet1" sheetId="1" r:id="r1"/></sheets></workbook>',
}
_BEGIN = (
    f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2"'
    ' activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols><col min="1" max="40" width="18"'
    ' customWidth="1"/></cols><sheetData>'
)
_END = "</sheetData></worksheet>"


class _Pipe:
    """A file that only grows: what was written into it is taken out again."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Nothing waits anywhere."""

    def taken(self) -> bytes:
        """All since the last time."""
        found, self._pieces = b"".join(self._pieces), []
        return found


def written(rows: Iterable[list[Any]]) -> Iterator[bytes]:
    """The workbook of these rows in pieces. A cell is a text, a number, or None."""
    pipe = _Pipe()
    with ZipFile(cast(Any, pipe), "w", ZIP_DEFLATED) as book:
        for name, part in PARTS.items():
            book.writestr(name, part)
        with book.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write(_BEGIN.encode())
            kept: list[str] = []
            for row in rows:
                kept.append(f"<row>{''.join(map(_cell, row))}</row>")
                if len(kept) == TOGETHER:
                    sheet.write("".join(kept).encode())
                    kept.clear()
                    yield pipe.taken()
            sheet.write(("".join(kept) + _END).encode())
    yield pipe.taken()


def _cell(value: Any) -> str:
    if isinstance(value, str):
        text = escape(_ESCAPED.sub("_x005F_", _ILLEGAL.sub("", value))[:LONGEST])
        return f'<c t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
    return "<c/>" if value is None else f"<c><v>{value!r}</v></c>"
