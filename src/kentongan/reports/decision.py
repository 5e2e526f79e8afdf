"""What routing answers: the body, why, and who else it could have been. Stored with the report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Reason:
    """One reason in the words of a citizen; `text` holds the keys `id` and `en`."""

    code: str
    text: dict[str, str]


class Named(Protocol):
    """A body: its code and its name in both languages."""

    code: str
    name_id: str
    name_en: str


@dataclass(frozen=True)
class Alternative:
    """A body that lost. `doubt`: so near to winning that the person is asked."""

    body: str
    reasons: tuple[Reason, ...]
    doubt: bool = False


@dataclass(frozen=True)
class Decision:
    """The body that a report goes to; `state` is `routed` or `awaiting_partner`; `rule` names the rule."""

    body: str
    state: str
    reasons: tuple[Reason, ...]
    alternatives: tuple[Alternative, ...] = ()
    rule: str = ""

    def as_json(self) -> dict[str, Any]:
        """Plain data, as it is kept with the report and its timeline."""
        # Field by field: `asdict` copies every text, and took a tenth of a submission.
        return {
            "body": self.body,
            "state": self.state,
            "reasons": [vars(one) for one in self.reasons],
            "alternatives": [{**vars(one), "reasons": [vars(why) for why in one.reasons]} for one in self.alternatives],
            "rule": self.rule,
        }

    @property
    def is_doubtful(self) -> bool:
        """Whether the person should say whose it is before sending."""
        return any(other.doubt for other in self.alternatives)


SENT_ON = "sent_on"  # the code of the only reason of a report that another body passed on, or returned


def sent_on(giver: Named | None, body: Named, text: str, *, returned: bool = False) -> Decision:
    """Why a report is with `body` that another passed on (or returned) to it: the giver's name and words (`text`)."""
    by_id, by_en = (giver.name_id, giver.name_en) if giver else ("Kentongan", "Kentongan")
    how_id, how_en = ("Dikembalikan", "Returned") if returned else ("Diteruskan", "Passed on")
    words = {"id": f"{how_id} oleh {by_id}: “{text}”", "en": f"{how_en} by {by_en}: “{text}”"}
    return Decision(body.code, "routed", (Reason(SENT_ON, words),))
