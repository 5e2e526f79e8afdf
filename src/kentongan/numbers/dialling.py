"""What a phone dials of a number as it is written."""

from __future__ import annotations

import re

# Where the first number ends: at what parts two, and at a letter behind it ("ext21", "pesawat 21", "dan 118").
_END = re.compile(r"[;/,#*]|(?<=[0-9])[\s.()-]*[^\W\d_]")
MOST_DIGITS = 15  # ITU-T E.164: what has more is two numbers, or none
_TRUNK = re.compile(r"\b620+")  # "+62 021 …": no number of the country has its inland nought behind the country's code


def dialled(number: str) -> str:
    """The first number of what is written, without an extension: a phone dials letters as digits (`ext` is 398).

    Short numbers stay as they are: 112 with a country's code is another number.
    """
    first = _END.split(number.strip(), maxsplit=1)[0]
    abroad = first.lstrip("( ").startswith("+")
    digits = re.sub("[^0-9]", "", first.replace("(0)", "") if abroad else first)
    digits = _TRUNK.sub("62", digits) if abroad else digits
    if not 2 < len(digits) <= MOST_DIGITS:
        return ""
    return f"+{digits}" if abroad else digits
