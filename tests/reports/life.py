"""The life of a report as people are promised it, written by hand: what a step does, and why it may be refused.

Nothing here is read from the code under test: the table stands once more, from `docs/reference/api.md` and
`docs/architecture.md`, so that a change of the one must be meant in the other too. `test_life.py` drives both.
"""

from __future__ import annotations

from dataclasses import dataclass, field

# step: the states it starts from, and where it leads ("": back to where it was)
QUEUE = ("routed", "forwarded", "accepted", "in_progress", "referred")
TABLE: dict[str, tuple[tuple[str, ...], str]] = {
    "accept": (("routed", "forwarded", "referred"), "accepted"),
    "start": (("routed", "forwarded", "accepted", "referred"), "in_progress"),
    "refer": (QUEUE, "referred"),
    "transfer": (("awaiting_partner", *QUEUE), "forwarded"),
    "return": (QUEUE, "forwarded"),
    "take_back": (("awaiting_partner", "forwarded"), ""),
    "hand_over": (("awaiting_partner",), ""),
    "resolve": (QUEUE, "resolved"),
    "reject": (QUEUE, "rejected"),
    "decline": (QUEUE, "rejected"),
    "merge": (("received", "awaiting_partner", *QUEUE), "duplicate"),
    "unmerge": (("duplicate",), "routed"),
    "undo": (("resolved", "rejected"), ""),
    "confirm": (("resolved",), "confirmed"),
    "expire": (("resolved",), "closed"),
    "reopen": (("resolved", "confirmed", "closed", "rejected"), "routed"),
}
# What the public sees: the word of each colour.
COLOUR = {
    "received": "waiting", "awaiting_partner": "no_partner", "routed": "waiting", "forwarded": "in_process",
    "accepted": "in_process", "in_progress": "in_process", "referred": "in_process", "resolved": "done",
    "confirmed": "done", "closed": "done", "rejected": "closed", "duplicate": "closed",
}  # fmt: skip
ENDED = {"done", "closed"}
ENDINGS = {
    "resolve": "solved", "reject": "closed_without_fix", "decline": "passed_on", "merge": "merged",
    "confirm": "solved", "expire": "solved",
}  # fmt: skip
REASONED = {"refer", "transfer", "return", "reject", "decline", "reopen", "note", "comment", "contest", "uphold"}
COORDINATORS = {"merge", "unmerge"}  # every other step of staff asks for an officer


@dataclass(frozen=True)
class Line:
    """One line of the timeline: who may read it besides everybody (`internal` of a body, `reporter`)."""

    kind: str
    seen: str = "public"
    body: str = ""


@dataclass
class Life:
    """One report as it must be. `by` tells of its ending: which step, and of which body's staff (empty: no staff)."""

    code: str
    privacy: str
    body: str
    state: str = "routed"
    ending: str = ""
    stars: int | None = None
    original: str = ""
    away: bool = False
    priority: str = "normal"
    pictured: bool = False  # whether it has the one picture that is shown here
    hands: str = ""  # who works on it: the name of a person, `team`, or nobody
    claimed: bool = True
    before: str = ""
    by: tuple[str, str] = ("", "")
    lines: list[Line] = field(default_factory=list)
    givers: list[tuple[str, str]] = field(default_factory=list)  # transfers: from, to
    had: set[str] = field(default_factory=set)  # bodies that passed it on
    supporters: set[str] = field(default_factory=set)
    objectors: set[str] = field(default_factory=set)  # those who have objected to the result that stands
    objections: int = 0  # not answered yet
    comments: int = 0
    reopened: int = 0

    @property
    def colour(self) -> str:
        return COLOUR[self.state]

    @property
    def is_secret(self) -> bool:
        return self.privacy == "secret"

    @property
    def is_work(self) -> bool:
        """Whether its body still has something to do."""
        return not self.away and (self.state in QUEUE or (self.objections > 0 and self.colour in ENDED))

    def let_go(self) -> None:
        """Nobody works on it any more, and how pressing it is, is not known."""
        self.priority, self.hands = "normal", ""

    def may(self, step: str) -> set[str]:
        """Why the table refuses a step now."""
        return set() if self.state in TABLE[step][0] else {"wrong_state"}

    def say(self, kind: str, seen: str = "public", body: str = "") -> None:
        """One more line that moves nothing."""
        self.lines.append(Line(kind, seen, body))

    def move(self, kind: str, state: str, ending: str = "", by: str = "", body: str = "") -> None:
        """One more line, and the report is elsewhere. `by`: the body whose staff did it."""
        self.before, self.by = self.state, (kind, by)
        self.state, self.ending = state, ending
        if state != "duplicate":
            self.original = ""
        if kind in {"reopened", "undone"}:
            self.objections, self.objectors = 0, set()
        self.reopened += kind == "reopened"
        self.say(kind, body=body or by)

    def step(self, step: str, kind: str, by: str = "") -> None:
        """A step whose target stands in the table."""
        self.move(kind, TABLE[step][1], ENDINGS.get(step, ""), by)

    def wait(self, partners: set[str]) -> None:
        """Where its body takes no part, a report waits openly."""
        if self.body not in partners:
            self.move("awaiting_partner", "awaiting_partner")

    def send(self, kind: str, to: str, partners: set[str], by: str = "") -> None:
        """To another body; `by` staff, or a peer."""
        self.had.add(self.body)
        if kind == "transferred":
            self.givers.append((self.body, to))
        if to != self.body:
            self.let_go()
        self.body = to
        self.move(kind, "routed" if kind == "declined" else "forwarded", by=by, body=to)
        self.wait(partners)

    def giver(self) -> str:
        """Who transferred it to where it is; empty: nobody."""
        return next((giver for giver, to in reversed(self.givers) if to == self.body), "")

    def undoing(self, body: str) -> set[str]:
        """Why staff may not take back the ending."""
        kind, by = self.by
        refused = self.may("undo") if self.before in QUEUE else {"wrong_state"}
        mine = kind in {"resolved", "rejected"} and by == body == self.body
        return refused | (set() if mine else {"not_yours"})
