"""What a phone dials of a number as it is written."""

from __future__ import annotations

import re

_DIALLED = re.compile(r"\s*(?:ext|pes|psw|x)\b.*|\s*#.*|[;/,].*", re.IGNORECASE)


def dialled(number: str) -> str:
    """The first number of what is written, without an extension: a phone dials letters as digits (`ext` is 398).

    Short numbers stay as they are: 112 with a country's code is another number.
    """
    first = _DIALLED.sub("", number.strip(), count=1)
    digits = re.sub(r"\D", "", first.replace("(0)", "") if first.startswith("+") else first)
    return ("+" if first.lstrip("( ").startswith("+") else "") + digits if len(digits) > 2 else ""
