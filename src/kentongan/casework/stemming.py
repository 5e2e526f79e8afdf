"""The words of a text, without what Indonesian puts before and behind them: *perbaikan* and *diperbaiki* are *baik*.

The stemmer is Snowball's of Indonesian, after Tala (2003), "A Study of Stemming Effects on Information Retrieval in
Bahasa Indonesia". It cannot know that *menerangi* has lost the t of *terang*: such a word is kept in both forms.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from threading import Lock

import snowballstemmer

from kentongan.foundation.remembering import remembered

LONGEST = 40  # letters of a word: the longest of the language has fewer
# Of citizens who write in a hurry, and of signs.
SHORT = {
    "jl": "jalan", "jln": "jalan", "gg": "gang", "kel": "kelurahan", "kec": "kecamatan", "ds": "desa", "smph": "sampah",
    "yg": "", "yang": "", "di": "", "dan": "", "ke": "", "dr": "", "dari": "", "ini": "", "itu": "", "ada": "",
    "sdh": "", "sudah": "", "tdk": "", "tidak": "", "gak": "", "the": "", "of": "", "in": "", "is": "",
}  # fmt: skip
_LOST_T = re.compile(r"(?:me|pe)n[aiueo]")
_lock = Lock()  # the stemmer keeps the word that it works on
_stem: Callable[[str], str] = snowballstemmer.stemmer("indonesian").stemWord


def written(text: str) -> list[str]:
    """The words of a text as they were written, each once, in their order; without those that every text has."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(one for one in plain if not unicodedata.combining(one))
    found = (SHORT.get(one, one[:LONGEST]) for one in re.findall(r"[^\W_]+", letters))
    return list(dict.fromkeys(one for one in found if one))


@remembered(maxsize=50_000)
def forms(word: str) -> tuple[str, ...]:
    """What a written word is kept as: in every form that it may have been."""
    if not word.isascii() or not word.isalpha():
        return (word,)
    with _lock:
        stem = _stem(word)
    return (stem, f"t{stem}"[:LONGEST]) if _LOST_T.match(word) and stem[0] in "aiueo" else (stem,)


def with_one_less(word: str) -> set[str]:
    """The word with any one letter left out, and whole."""
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}
