"""Text that people send, made safe to keep and to show without changing what it says."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from kentongan.foundation.problems import Problem

# Marks that turn the direction of writing and so make a text read other than it is (Unicode TR 36, 2.10).
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_CONTROL = re.compile("[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufeff\ufff9-\ufffb\ud800-\udfff]")
# Blanks that are no blanks to a computer: fillers of Hangul, the empty pattern of Braille.
_FILLERS = {"\u115f", "\u1160", "\u2800", "\u3164", "\uffa0"}
_EMPTY_LINES = re.compile(r"\n{3,}")


class TextTooLong(ValueError):
    """A text beyond its limit; says both lengths in characters."""

    def __init__(self, length: int, limit: int) -> None:
        self.length, self.limit = length, limit
        super().__init__(f"The text has {length} characters; at most {limit} are taken.")


def clean_text(written: str, limit: int) -> str:
    """`written` in Unicode NFC without control characters and direction marks, line ends as `\\n`, trimmed.

    Raises TextTooLong where more than `limit` characters are left: nothing is ever cut off silently.
    """
    # Nearly all text is one line of plain letters, in which there is nothing to look for.
    text = written.strip() if written.isascii() and written.isprintable() else _cleaned(written)
    if len(text) > limit:
        raise TextTooLong(len(text), limit)
    return text


def read_line(given: Mapping[str, Any], name: str, limit: int) -> str:
    """The field `name` of a form as one cleaned line; empty where it was left out. Raises Problem `too_long` (422)."""
    return " ".join(read_words(given, name, limit).split())


def read_words(given: Mapping[str, Any], name: str, limit: int) -> str:
    """The same with its lines."""
    try:
        return clean_text(str(given.get(name) or ""), limit)
    except TextTooLong:
        words = _("At most %(most)d characters fit.") % {"most": limit}
        raise Problem("too_long", 422, words, field=name) from None


def cut_text(written: str, limit: int) -> str:
    """As `clean_text`, for what others say and may word as they like: where it is too long it ends with `…`.

    Cut after the cleaning: the NFC of a text can have three times as many characters (UAX 15).
    """
    text = _cleaned(written)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def row_key(written: str) -> int:
    """The key of a row as a form or an address names it; 0, which no row has, for anything else."""
    return int(written) if written.isascii() and written.isdecimal() and len(written) < 19 else 0


def _cleaned(written: str) -> str:
    text = written.replace("\r\n", "\n").replace("\r", "\n")
    text = _CONTROL.sub("", _DIRECTION.sub("", text))
    text = _EMPTY_LINES.sub("\n\n", unicodedata.normalize("NFC", text)).strip()
    return "" if all(_is_unseen(one) for one in text) else text


def _is_unseen(letter: str) -> bool:
    """Whether nobody sees this letter where it stands alone, such as a blank without width."""
    return unicodedata.category(letter) in {"Cf", "Mn", "Zs", "Zl", "Zp", "Cc"} or letter in _FILLERS
