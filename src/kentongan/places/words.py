"""The words of a name as they are written into the index of names and sought in it: one spelling for what people and
maps write in several.

Forms and shortenings as Indonesian signs, letters and OpenStreetMap have them (osm-search/Nominatim#287).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from kentongan.foundation.remembering import remembered
from kentongan.places.naming import plain

MOST = 12  # words of what somebody types: an address has fewer
# One spelling each. What stands before a name without being it is among WEAK.
_ONE = {
    "jln": "jalan", "jl": "jalan", "gg": "gang", "lrg": "lorong", "jend": "jenderal", "jendral": "jenderal",
    "letjend": "letjen", "mayjend": "mayjen", "brigjend": "brigjen", "kol": "kolonel", "kapt": "kapten",
    "dokter": "dr", "doktor": "dr", "profesor": "prof", "insinyur": "ir", "haji": "h", "hj": "h", "kiai": "ki",
    "kyai": "ki", "raden": "r", "gn": "gunung", "tj": "tanjung", "tjg": "tanjung", "tg": "tanjung", "kp": "kampung",
    "kampong": "kampung", "perum": "perumahan", "komp": "kompleks", "komplek": "kompleks", "psr": "pasar",
    "pkm": "puskesmas", "mesjid": "masjid", "moh": "muhammad", "muh": "muhammad", "mohamad": "muhammad",
    "muhamad": "muhammad", "mohammad": "muhammad", "blk": "blok", "kab": "kabupaten", "kec": "kecamatan",
    "kel": "kelurahan", "prov": "provinsi", "ds": "desa",
}  # fmt: skip
_TYPES = {"jalan", "gang", "lorong"}
WEAK = {
    "jenderal", "letjen", "mayjen", "brigjen", "kolonel", "kapten", "letnan", "dr", "prof", "ir", "h", "k", "kh", "ki",
    "r", "drs", "no", "nomor", "blok", "rt", "rw", "kabupaten", "kecamatan", "kelurahan", "provinsi", "desa", "kota",
    "administrasi", "indonesia", "dekat", "depan", "seberang", "belakang", "samping", "di", "near",
    "perempatan", "prapatan", "pertigaan", "persimpangan",
}  # fmt: skip
# What names a door and not a place: "RT 03/RW 05", "RT.003 RW.005", "No. 12A", "Blok C5/12".
_DOOR = re.compile(
    r"\b(?:rt|rw)[\s.:]*\d{1,3}(?:\s*/\s*\d{1,3}(?!\d))?|\b(?:no|nomor|nmr)[\s.:]+\d{1,4}\s?[a-z]?\b(?:\s*[-/]\s*\d{1,4})?",
    re.IGNORECASE,
)
# The spelling before 1972: Soedirman, Tjokroaminoto, Djuanda.
_OLD = (("oe", "u"), ("tj", "c"), ("dj", "j"))


class Words(NamedTuple):
    """`strong` words are the name itself, `weak` ones stand before it or count doors; `kind` jalan, gang or empty."""

    strong: tuple[str, ...]
    weak: tuple[str, ...]
    kind: str

    @property
    def all(self) -> tuple[str, ...]:
        """Every word that says something, without the kind of street."""
        return self.strong + self.weak


@remembered(maxsize=4_096)
def words(text: str) -> Words:
    """The words of a name, or of what somebody types; of one that is only a kind of street, that kind."""
    found = [_spelt(one) for one in _pieces(plain(_DOOR.sub(" ", text)))][:MOST]
    kind = next((one for one in found if one in _TYPES), "")
    rest = [one for one in dict.fromkeys(found) if one not in _TYPES]
    # One letter is a number ("Mawar I"), a title, or a word whose rest is not typed yet.
    strong = tuple(one for one in rest if not (one in WEAK or one.isdecimal() or (len(one) == 1 and one.isascii())))
    weak = tuple(one for one in rest if one not in strong)
    return Words(strong, weak, kind) if rest else Words((), (kind,) if kind else (), "")


def joined(found: Iterable[str]) -> list[str]:
    """Neighbours written as one: "Kebon Sirih" is sought as "kebonsirih" too."""
    return [first + second for first, second in pairwise(found)]


def indexed(word: str) -> str:
    """A word as the index holds it: what is not of ASCII in numbers, as SQLite's tokenizer knows the letters of 2012.

    What begins a word begins its numbers too.
    """
    return word if word.isascii() else f"u{word.encode('utf-32-be').hex()}"


def with_one_less(word: str) -> set[str]:
    """The word with any one letter left out, and whole: two that share one of these are a slip apart."""
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


def _pieces(text: str) -> list[str]:
    """Runs of letters and digits; single letters beside each other are one word ("M.H." as "MH")."""
    found: list[str] = []
    single = False
    for one in re.findall(r"[^\W_]+", text):
        alone = len(one) == 1 and one.isalpha()
        if alone and single:
            found[-1] += one
        else:
            found.append(one)
        single = alone
    return found


def _spelt(word: str) -> str:
    known = _ONE.get(word)
    if known is not None:
        return known
    for old, new in _OLD:
        word = word.replace(old, new)
    return word
