"""How well a text in Indonesian or English fits the keywords of a category."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from rapidfuzz import fuzz

LIKELY = 85  # of 100: below it two words resemble each other by chance
SHORTEST_MISSPELT = 6  # letters: shorter words differ from too many others by a single one
LONGEST_TEXT = 600  # characters read: what a report is about is said at its beginning
MISSPELT = 0.8  # what a keyword with a mistake in it counts beside one without
_WORD = re.compile(r"[^\W_]+")
_BEFORE = ("ber", "ter", "di", "meng", "men", "mem", "me", "peng", "pen", "pe", "ke")
_AFTER = ("nya", "kan", "an", "lah", "s", "es")
_SHORTEST_STEM = 4

Word = frozenset[str]  # a word and what is left of it without prefix and suffix


def words_of(text: str) -> list[Word]:
    """The words of a text, in order, each with its likely stems."""
    return [_stems(word) for word in _WORD.findall(text[:LONGEST_TEXT].lower())]


def score(words: list[Word], keywords: Iterable[str]) -> float:
    """The letters of the keywords found in the text as whole words; 0 where none is."""
    return sum(len(keyword) * _found(words, keyword.split()) for keyword in keywords)


def _found(words: list[Word], keyword: list[str]) -> float:
    if not keyword:
        return 0.0
    best = 0.0
    for at in range(len(words) - len(keyword) + 1):
        first = _alike(keyword[0], words[at])
        if first <= best:
            continue
        rest = (_alike(one, words[at + offset]) for offset, one in enumerate(keyword[1:], 1))
        best = max(best, min((first, *rest)))
    return best


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
    return frozenset(found)
