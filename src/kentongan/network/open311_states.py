"""Our states in the words of Open311 and of FixMyStreet's extension, and theirs in ours."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kentongan.reports.states import PUBLIC, State, Status

ENDED = {Status.DONE, Status.CLOSED}

# The extended words of FixMyStreet, lower case as in answers; in what is posted they stand in capitals.
EXTENDED = {
    State.RECEIVED: "for_triage",
    State.AWAITING_PARTNER: "open",
    State.ROUTED: "open",
    State.FORWARDED: "investigating",  # FixMyStreet counts an internal referral among what is closed
    State.ACCEPTED: "investigating",
    State.IN_PROGRESS: "in_progress",
    State.REFERRED: "internal_referral",
    State.RESOLVED: "fixed",
    State.CONFIRMED: "fixed",
    State.CLOSED: "closed",
    State.REJECTED: "no_further_action",
    State.DUPLICATE: "duplicate",
}

# The plain words that go with `open` and `closed`, for people.
NOTES: dict[str, str | Promise] = {
    State.RECEIVED: _("Received"),
    State.AWAITING_PARTNER: _("Kept: the responsible body has not joined yet"),
    State.ROUTED: _("Waiting for the responsible body"),
    State.FORWARDED: _("Passed on to another body"),
    State.ACCEPTED: _("Taken on by the responsible body"),
    State.IN_PROGRESS: _("Being worked on"),
    State.REFERRED: _("Being dealt with together with another body"),
    State.RESOLVED: _("Solved, says the body"),
    State.CONFIRMED: _("Solved, and confirmed by the reporter"),
    State.CLOSED: _("Solved; nobody objected in time"),
    State.REJECTED: _("Closed without a fix"),
    State.DUPLICATE: _("Joined with an earlier report of the same trouble"),
}
PASSED_ON = _("Passed on to somebody else")


@dataclass(frozen=True)
class Meaning:
    """What a word of theirs means here. `returned`: they are not responsible, it is routed again."""

    state: State | None
    ending: str = ""
    returned: bool = False


INWARD = {
    "open": Meaning(State.ROUTED),
    "for_triage": Meaning(State.ROUTED),
    "reopen": Meaning(State.ROUTED),
    "investigating": Meaning(State.ACCEPTED),
    "planned": Meaning(State.ACCEPTED),
    "action_scheduled": Meaning(State.ACCEPTED),
    "in_progress": Meaning(State.IN_PROGRESS),
    "internal_referral": Meaning(State.REFERRED),
    "fixed": Meaning(State.RESOLVED, "solved"),
    "closed": Meaning(State.RESOLVED, "solved"),
    "not_councils_responsibility": Meaning(None, returned=True),
    "no_further_action": Meaning(State.REJECTED, "closed_without_fix"),
    "cancelled": Meaning(State.REJECTED, "closed_without_fix"),
    "duplicate": Meaning(State.DUPLICATE, "merged"),
    "unchanged": Meaning(None),
}


def meaning(word: str) -> Meaning | None:
    """What a status of theirs means, in whatever case and with spaces or hyphens; None for an unknown word."""
    return INWARD.get("_".join(word.strip().lower().replace("-", " ").replace("_", " ").split()))


def plain(state: str) -> str:
    """`open` or `closed`, the two words of the standard."""
    return "closed" if PUBLIC[State(state)] in ENDED else "open"


def extended(state: str, ending: str = "") -> str:
    """The extended word; a report that was passed on to somebody outside is not the council's."""
    if state == State.REJECTED and ending == "passed_on":
        return "not_councils_responsibility"
    return EXTENDED[State(state)]


def note(state: str, ending: str = "") -> str:
    """The plain words of a state in the reader's language."""
    return str(PASSED_ON if ending == "passed_on" and state == State.REJECTED else NOTES[State(state)])


def states_of(word: str) -> set[str]:
    """The states that `open`, `closed` or an extended word stands for; empty for an unknown word."""
    if word in {"open", "closed"}:
        return {str(state) for state in State if plain(state) == word}
    found = {str(state) for state, said in EXTENDED.items() if said == word}
    meant = INWARD.get(word)
    if not found and meant is not None:
        found = {str(State.REJECTED)} if meant.returned else {str(meant.state)} if meant.state else set()
    return found
