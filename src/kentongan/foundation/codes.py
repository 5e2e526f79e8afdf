"""Public codes: what a citizen reads aloud to find a report again."""

from __future__ import annotations

import os
import re

# No vowels, so that no word comes out; no 0 1 I L O U, which are heard or read as others.
ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ"
PUBLIC_GROUPS = 2  # 28^8, about 3.8e11: short, and collisions are rare and retried
RESTRICTED_GROUPS = 6  # 28^24, about 115 bits: cannot be guessed
GROUP = 4
_PAIRS = [one + other for one in ALPHABET for other in ALPHABET]
_HALF = len(_PAIRS)
_MOST = _HALF**2
_DRAWN = 32  # bytes for each code: what does not divide evenly is below 1 in 2^140


def new_code(*, restricted: bool = False) -> str:
    """A fresh random code such as `7KQF-M2RD`; three times as long where the report is restricted."""
    groups = RESTRICTED_GROUPS if restricted else PUBLIC_GROUPS
    drawn, written = int.from_bytes(os.urandom(_DRAWN)), []
    for _ in range(groups):
        drawn, group = divmod(drawn, _MOST)
        written.append(_PAIRS[group % _HALF] + _PAIRS[group // _HALF])
    return "-".join(written)


def read_code(written: str) -> str | None:
    """The code that a person meant: any case, with or without hyphens and spaces; None where it is none."""
    letters = re.sub(r"[\s\-\u2010-\u2015]", "", written).upper()
    if len(letters) not in (PUBLIC_GROUPS * GROUP, RESTRICTED_GROUPS * GROUP) or set(letters) - set(ALPHABET):
        return None
    return "-".join(letters[at : at + GROUP] for at in range(0, len(letters), GROUP))
