"""How well a text in Indonesian or English fits the keywords of a category."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path

from rapidfuzz import fuzz

from kentongan.foundation.yaml_files import read_yaml

LIKELY = 85  # of 100: below it two words resemble each other by chance
SHORTEST_MISSPELT = 6  # letters: shorter words differ from too many others by a single one
LONGEST_TEXT = 600  # characters read: what a report is about is said at its beginning
MISSPELT = 0.8  # what a keyword with a mistake in it counts beside one without
BETWEEN = 2  # other words that may stand between two words of a keyword: "lampu di jalan itu mati"
APART = 0.8  # what a keyword counts whose words are apart
WHERE = frozenset({"di", "depan", "dekat", "samping", "sekitar", "at", "near", "in"})
PLACE = 0.5  # what a keyword counts that says where it is, not what it is: "pengemis di lampu merah"
INFORMAL = Path(__file__).with_name("informal.yaml")
_WORD = re.compile(r"[^\W_]+")
_DRAWN_OUT = re.compile(r"(.)\1{2,}")  # "maceeet"
_TWICE = re.compile(r"(?<=[a-z])2$")  # "lubang2": how a plural is typed
_BEFORE = ("ber", "ter", "di", "meng", "men", "mem", "me", "peng", "pen", "pe", "ke")
_AFTER = ("nya", "kan", "an", "lah", "s", "es")
_SHORTEST_STEM = 4

Word = frozenset[str]  # a word and what is left of it without prefix and suffix


def words_of(text: str) -> list[Word]:
    """The words of a text, in order, each with its likely stems and the standard word where it is an informal one."""
    return [_stems(_TWICE.sub("", word)) for word in _WORD.findall(_DRAWN_OUT.sub(r"\1", text[:LONGEST_TEXT].lower()))]


def score(words: list[Word], keywords: Iterable[str]) -> float:
    """The letters of the keywords found in the text as whole words; 0 where none is."""
    return sum(len(keyword) * _found(words, keyword.split()) for keyword in keywords)


def _found(words: list[Word], keyword: list[str]) -> float:
    """How well the words of a keyword stand in the text in their order: 1 as written, less apart or misspelt."""
    if not keyword:
        return 0.0
    best = 0.0
    for at, word in enumerate(words):
        first = _alike(keyword[0], word) * (PLACE if at and words[at - 1] & WHERE else 1.0)
        if first > best:
            best = max(best, _go_on(words, at, keyword, first))
    return best


def _go_on(words: list[Word], at: int, keyword: list[str], so_far: float) -> float:
    """The worst likeness of the keyword's words from `at` on, each at most `BETWEEN` words behind the one before."""
    for one in keyword[1:]:
        near = ((_alike(one, word), offset) for offset, word in enumerate(words[at + 1 : at + 2 + BETWEEN]))
        likeness, offset = max(near, key=lambda found: (found[0], -found[1]), default=(0.0, 0))
        so_far = min(so_far, likeness * (APART if offset else 1.0))
        at += offset + 1
    return so_far


@lru_cache(maxsize=65536)
def _alike(keyword: str, word: Word) -> float:
    if keyword in word:
        return 1.0
    if len(keyword) < SHORTEST_MISSPELT:
        return 0.0
    return MISSPELT if any(fuzz.ratio(keyword, stem, score_cutoff=LIKELY) for stem in word) else 0.0


@lru_cache(maxsize=4096)
def _stems(word: str) -> Word:
    found = {word}
    for prefix in ("", *_BEFORE):
        if not word.startswith(prefix):
            continue
        rest = word[len(prefix) :]
        ends = ("", *(after for after in _AFTER if rest.endswith(after)))
        found |= {stem for end in ends if len(stem := rest[: len(rest) - len(end)]) >= _SHORTEST_STEM}
    return frozenset(found | {_informal()[one] for one in found if one in _informal()})


@cache
def _informal() -> dict[str, str]:
    """From a word of the street to the word that keywords are written with."""
    spelt = read_yaml(INFORMAL.read_text())
    return {variant: standard for standard, variants in spelt.items() for variant in variants}
