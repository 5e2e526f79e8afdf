"""A4 pages to print: headings, facts, words in many scripts, pictures, lines to write on. Knows nothing of reports."""

from __future__ import annotations

import io
import threading
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any

from django.utils.translation import gettext as _
from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import TTFFont

from kentongan.foundation.problems import Problem

MOST_PAGES = 40  # of one document: what is longer is read on the screen
MARGIN, GAP, LINE = 15.0, 4.0, 5.0  # millimetres
LOGO = (40.0, 9.5)  # millimetres that a logo has room in; printers leave four at the edge empty
LABEL = 45.0  # millimetres of the left column of facts
ABSENT = "▯"  # in the place of a letter that the font has not
PATIENCE = 5.0  # seconds that a document waits for its turn
MOST_WAITING = 3  # with the one that is being made: each holds a thread that pages need
_one_at_a_time, _waiting = threading.BoundedSemaphore(1), threading.BoundedSemaphore(MOST_WAITING)
_FONTS = files("kentongan.web") / "static" / "vendor"
# Letters without a shape of their own, which would turn, join or hide others: no font shows them.
_SHAPELESS = {"Cc", "Cf", "Cs", "Co", "Cn"}


class Full(Exception):
    """The document has as many pages as it may have."""


@dataclass(frozen=True)
class Shot:
    """A picture (JPEG or PNG) with what stands under it."""

    content: bytes
    words: str


@contextmanager
def turn() -> Iterator[None]:
    """One document at a time in a process. Raises Problem `busy` (503) where it is not our turn in time."""
    if not _waiting.acquire(blocking=False):
        raise _busy()
    try:
        if not _one_at_a_time.acquire(timeout=PATIENCE):
            raise _busy()
        try:
            yield
        finally:
            _one_at_a_time.release()
    finally:
        _waiting.release()


@dataclass(frozen=True)
class Dress:
    """The logo of whose paper it is (PNG; none: empty), and the colour of the line below it (#rrggbb)."""

    logo: bytes = b""
    colour: str = "#aaaaaa"


class Paper(FPDF):
    """`title` and `of` stand at the head of every page, `foot` at its end beside the number."""

    def __init__(
        self, title: str, of: str, foot: str, *, language: str, at: datetime, dress: Dress | None = None
    ) -> None:
        super().__init__(format="A4")
        self._dress = dress or Dress()
        for style, name in (("", "dejavu-sans.ttf"), ("B", "dejavu-sans-bold.ttf")):
            self.add_font("paper", style, str(_FONTS / name))
        font = self.fonts["paper"]
        self._letters = set(font.cmap) if isinstance(font, TTFFont) else set()
        self.lacks_letters = False
        self._head, self._foot = (title, of), foot
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(True, margin=MARGIN + 6)
        self.set_title(title)
        self.set_author(of)
        self.set_lang(language)
        self.set_creation_date(at)
        self._style()
        self.add_page()

    def add_page(self, *given: Any, **named: Any) -> None:
        """Raises Full where it would be one too many."""
        if self.page >= MOST_PAGES:
            raise Full
        super().add_page(*given, **named)

    def header(self) -> None:
        """What it is and whose, on every page."""
        title, of = self._head
        if self._dress.logo:  # in the margin, so that no page gets longer by it
            logo, (wide, high) = io.BytesIO(self._dress.logo), LOGO
            self.image(logo, self.l_margin, MARGIN - high - 0.5, wide, high, keep_aspect_ratio=True, alt_text=of)
        self._style(9, bold=True)
        self._line(of, self.epw * 0.6)
        self._style(9)
        self._line(title, 0, "R", ends=True)
        self.set_draw_color(self._dress.colour)
        self.line(self.l_margin, self.y + 1, self.w - self.r_margin, self.y + 1)
        self.set_draw_color(170)
        self.ln(GAP)
        self._style()

    def footer(self) -> None:
        """Who made it and when; which page it is."""
        self.set_y(-MARGIN)
        self._style(7)
        self._line(self._foot, self.epw * 0.85)
        self._line(f"{self.page_no()}/{{nb}}", 0, "R")

    def heading(self, text: str, size: float = 12, *, above: float = LINE * 3) -> None:
        """A heading, never alone at the foot of a page: what follows has `above` millimetres beside it."""
        self._room(LINE + above)
        self.ln(1)
        self._style(size, bold=True)
        self._text(text, 0, LINE * size / 10)
        self.ln(1)

    def words(self, text: str, *, size: float = 10, bold: bool = False) -> None:
        """A paragraph; its lines stay lines."""
        self._style(size, bold=bold)
        self._text(text, 0, LINE * size / 10)

    def facts(self, rows: Iterable[tuple[str, str]]) -> None:
        """What something is called, and what it is: empty ones are left out."""
        for name, told in rows:
            if told:
                self._room(LINE * 2)
                page, y = self.page, self.y
                self._style(9)
                self._text(name, LABEL)
                below = (self.page, self.y)
                self.page, self.y, self.x = page, y, self.l_margin + LABEL
                self._style(10)
                self._text(told, self.epw - LABEL)
                if (self.page, self.y) < below:
                    self.page, self.y = below
        self.ln(1)

    def picture(self, shot: Shot, width: float, height: float) -> None:
        """One picture, at most so many millimetres wide and high."""
        self._room(height + LINE * 2)
        self._shot(shot, self.l_margin, self.y, width, height)

    def pictures(self, title: str, shots: Sequence[Shot], columns: int) -> None:
        """Pictures under a heading, so many in a row."""
        wide = (self.epw - GAP * (columns - 1)) / columns
        high = wide * 0.75
        self.heading(title, 10, above=high + LINE * 3)
        for at in range(0, len(shots), columns):
            self._room(high + LINE * 3)
            page, top, ends = self.page, self.y, []
            for column, shot in enumerate(shots[at : at + columns]):
                self._shot(shot, self.l_margin + column * (wide + GAP), top, wide, high)
                ends.append(self.y)
            self.set_y(max(ends) if self.page == page else self.y)
            self.ln(1)

    def to_fill_in(self, title: str, names: Sequence[str]) -> None:
        """Lines to write on by hand, under a heading, all on one page."""
        self.heading(title, 10, above=LINE * 2 * len(names) + GAP)
        self._style(9)
        longest = max(self.get_string_width(self._shown(name)) for name in names) + 2 * self.c_margin
        begins = min(max(LABEL, longest), self.epw / 2)
        for name in names:
            self.ln(LINE)
            self._line(name, begins)
            self.line(self.l_margin + begins, self.y + LINE, self.w - self.r_margin, self.y + LINE)
            self.ln(LINE)
        self.ln(GAP)

    def cut_off(self) -> None:
        """Says at the foot of the last page that there is more, after Full."""
        self.set_auto_page_break(False)
        self.set_right_margin(MARGIN)
        self.set_y(-MARGIN - 6)
        self.words(_("The rest does not fit into %(pages)d pages; the page of the report has it.")
                   % {"pages": MOST_PAGES}, size=8)  # fmt: skip

    def finished(self) -> bytes:
        """The file, with a word on letters that it could not show."""
        if self.lacks_letters:
            self._room(LINE)
            self.words(_("%(sign)s stands for a letter that print cannot show here; the page has it.")
                       % {"sign": ABSENT}, size=8)  # fmt: skip
        return bytes(self.output())

    def _shot(self, shot: Shot, x: float, y: float, width: float, height: float) -> None:
        self.image(io.BytesIO(shot.content), x=x, y=y, w=width, h=height, keep_aspect_ratio=True, alt_text=shot.words)
        self.set_xy(x, y + height + 1)
        self._style(8)
        self._text(shot.words, width, 4, "C")  # as the picture, which may be narrower than its place

    def _room(self, height: float) -> None:
        if self.will_page_break(height):
            self.add_page()

    def _style(self, size: float = 10, *, bold: bool = False) -> None:
        self.set_font("paper", "B" if bold else "", size)

    def _line(self, text: str, width: float, align: str = "L", *, ends: bool = False) -> None:
        """One line, cut where it does not fit."""
        text = self._shown(text).replace("\n", " ")
        room = (width or self.w - self.r_margin - self.x) - 2 * self.c_margin
        while text and self.get_string_width(text) > room:
            text = text[: len(text) - 1 - len(text) // 20]
        self.set_text_shaping(_is_shaped(text))
        new = (XPos.LMARGIN, YPos.NEXT) if ends else (XPos.RIGHT, YPos.TOP)
        self.cell(width, LINE, text, align=align, new_x=new[0], new_y=new[1])

    def _text(self, text: str, width: float, line: float = LINE, align: str = "L") -> None:
        text = self._shown(text)
        self.set_text_shaping(_is_shaped(text))
        self.multi_cell(width, line, text, align=align, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _shown(self, text: str) -> str:
        """The text in letters that the font has."""
        kept = []
        for letter in unicodedata.normalize("NFC", text):
            if letter == "\n" or ord(letter) in self._letters:
                kept.append(letter if letter == "\n" or unicodedata.category(letter) not in _SHAPELESS else "")
            elif letter.isspace():
                kept.append(" ")
            elif unicodedata.category(letter) not in _SHAPELESS and not "\ufe00" <= letter <= "\ufe0f":
                kept.append(ABSENT)
                self.lacks_letters = True
        return "".join(kept)


def _is_shaped(text: str) -> bool:
    """Whether it has letters that join or run from right to left: shaping takes four times as long."""
    return any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in text)


def _busy() -> Problem:
    return Problem("busy", 503, _("Other documents are being made. Try again in a moment."), extra={"retry_after": 5})
