"""What ends something for good asks before it does: one tap beside the right place ended a role, a team, a template."""

from __future__ import annotations

import re
from pathlib import Path

import kentongan

TEMPLATES = Path(kentongan.__file__).parent
# One tap is enough: it can be taken back at once, or a page of its own has asked already.
AT_ONCE = {
    "rule.html": "switched on again by the same button",
    "peer.html": "a key is made anew; giving up one hand-over leaves it in the queue",
    "partner.html": "a page of its own, with what follows",
    "judge.html": "a reason is asked for",
    "hide.html": "a page of its own, with a reason",
    "sessions.html": "signing in again brings it back",
    "tokens.html": "a token is made anew",
    "account_erase.html": "a page of its own, with the password",
    "family.html": "who sees is ended at once: that is the point",
    "styleguide.html": "does nothing",
}


def asked(text: str, at: int) -> bool:
    """Whether what stands at `at` lies within something that is opened first."""
    return text.count("<details", 0, at) > text.count("</details>", 0, at)


def test_what_ends_something_for_good_asks_first() -> None:
    found = set()
    for path in TEMPLATES.glob("*/templates/**/*.html"):
        text = path.read_text(encoding="utf-8")
        buttons = re.finditer(r'<button class="button danger', text)
        if any(not asked(text, one.start()) for one in buttons):
            found.add(path.name)
    assert found == set(AT_ONCE)
