"""How well a text in Indonesian or English fits the keywords of a category."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from rapidfuzz import fuzz, process

from kentongan.foundation.remembering import remembered
from kentongan.foundation.yaml_files import read_yaml

LIKELY = 85  # of 100: below it two words resemble each other by chance
SHORTEST_MISSPELT = 6  # letters: shorter words differ from too many others by a single one
LONGEST_TEXT = 600  # characters read: what a report is about is said at its beginning
MISSPELT = 0.8  # what a keyword with a mistake in it counts beside one without
BETWEEN = 2  # other words that may stand between two words of a keyword: "lampu di jalan itu mati"
FAR_BETWEEN = 8  # where nothing fits otherwise: "jalan di perumahan kami ini memang rusak"
APART = 0.8  # what a keyword counts whose words are apart
WHERE = frozenset({
    "di", "depan", "dekat", "deket", "samping", "sebelah", "sekitar", "belakang", "pinggir", "kolong", "bawah", "dalam",
    "atas", "tengah", "sepanjang",
    "at", "near", "in", "under", "behind",
})  # fmt: skip
PLACE = 0.5  # what a keyword counts that says where it is, not what it is: "pengemis di lampu merah"
INFORMAL = Path(__file__).with_name("informal.yaml")
_WORD = re.compile(r"[^\W_]+")
_DRAWN_OUT = re.compile(r"(.)\1{2,}")  # "maceeet"
_TWICE = re.compile(r"\b([a-z]+)2(?=[a-z]*\b)")  # "gorong2", "mabok2an": how a word said twice is typed
_BEFORE = ("ber", "ter", "di", "meng", "men", "mem", "me", "peng", "pen", "pe", "ke", "nge", "ng")
_AFTER = ("nya", "kan", "an", "lah", "s", "es", "in", "ne", "e")  # "benerin" in Jakarta, "lampune" on Java
_SHORTEST_STEM = 4


class Word(NamedTuple):
    """A word of a text as `forms`: itself, what is left of it without prefix and suffix, the standard word for it.

    `slips`: what it may be a misspelling of; nothing where a keyword has it ("jalan" is not "jualan" without its u).
    """

    forms: frozenset[str]
    slips: frozenset[str]


class Keywords:
    """The keywords of every category, prepared for texts."""

    def __init__(self, of: Mapping[str, Iterable[str]]) -> None:
        self._split = {code: [(len(one), parts) for one in own if (parts := _split(one))] for code, own in of.items()}
        self._all = frozenset(part for own in self._split.values() for _length, parts in own for part in parts)
        self._long = [part for part in self._all if len(part) >= SHORTEST_MISSPELT]

    def score(self, text: str) -> dict[str, float]:
        """For each category the letters of its keywords that are in the text as whole words, near one another."""
        words = self._read(text)
        near = self._score(words, BETWEEN)
        return near if any(near.values()) else self._score(words, FAR_BETWEEN)

    def _score(self, words: list[Word], between: int) -> dict[str, float]:
        has = frozenset[str]().union(*(one.forms | one.slips for one in words))
        return {
            code: sum(length * _found(words, parts, between) for length, parts in own if has.issuperset(parts))
            for code, own in self._split.items()
        }

    def _read(self, text: str) -> list[Word]:
        drawn = _DRAWN_OUT.sub(r"\1", text[:LONGEST_TEXT].lower())
        spelt_out = _TWICE.sub(r"\1 \1", drawn)
        return [self._word(word) for word in _split(spelt_out)]

    def _word(self, word: str) -> Word:
        forms = _stems(word)
        if not forms.isdisjoint(self._all) or not _informal().keys().isdisjoint(forms):
            return Word(forms, frozenset())
        near = (process.extract(one, self._long, scorer=fuzz.ratio, score_cutoff=LIKELY, limit=None) for one in forms)
        return Word(forms, frozenset(keyword for found in near for keyword, _likeness, _at in found))


def _split(text: str) -> list[str]:
    """Its words, told apart alike in texts and keywords: "gorong-gorong" has two."""
    return _WORD.findall(text)


def _found(words: list[Word], keyword: list[str], between: int) -> float:
    """How well the words of a keyword stand in the text in their order: 1 as written, less apart or misspelt."""
    best = 0.0
    for at, word in enumerate(words):
        first = _alike(keyword[0], word) * (PLACE if at and words[at - 1].forms & WHERE else 1.0)
        if first > best:
            best = max(best, _go_on(words, at, keyword, first, between))
    return best


def _go_on(words: list[Word], at: int, keyword: list[str], so_far: float, between: int) -> float:
    """The worst likeness of the keyword's words from `at` on, each at most `between` words behind the one before."""
    for one in keyword[1:]:
        near = ((_alike(one, word), offset) for offset, word in enumerate(words[at + 1 : at + 2 + between]))
        likeness, offset = max(near, key=lambda found: (found[0], -found[1]), default=(0.0, 0))
        so_far = min(so_far, likeness * (APART if offset else 1.0))
        at += offset + 1
    return so_far


def _alike(keyword: str, word: Word) -> float:
    if keyword in word.forms:
        return 1.0
    return MISSPELT if keyword in word.slips else 0.0


@remembered(maxsize=4096)
def _stems(word: str) -> frozenset[str]:
    found = {word}
    for prefix in ("", *_BEFORE):
        if not word.startswith(prefix):
            continue
        rest = word[len(prefix) :]
        ends = ("", *(after for after in _AFTER if rest.endswith(after)))
        found |= {stem for end in ends if len(stem := rest[: len(rest) - len(end)]) >= _SHORTEST_STEM}
    return frozenset(found | {_informal()[one] for one in found if one in _informal()})


@remembered(maxsize=None)
def _informal() -> dict[str, str]:
    """From a word of the street to the word that keywords are written with."""
    spelt = read_yaml(INFORMAL.read_text())
    return {variant: standard for standard, variants in spelt.items() for variant in variants}
