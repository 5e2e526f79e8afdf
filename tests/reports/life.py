"""The life of a report as people are promised it, written by hand: what a step does, and why it may be refused.

Nothing here is read from the code under test: the table stands once more, from `docs/reference/api.md` and
`docs/architecture.md`, so that a change of the one must be meant in the other too. `test_life.py` drives both.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

# step: the states it starts from, and where it leads ("": back to where it was)
QUEUE = ("routed", "forwarded", "accepted", "in_progress", "referred")
TABLE: dict[str, tuple[tuple[str, ...], str]] = {
    "accept": (("routed", "forwarded", "referred"), "accepted"),
    "start": (("routed", "forwarded", "accepted", "referred"), "in_progress"),
    "refer": (QUEUE, "referred"),
    "transfer": (("awaiting_partner", *QUEUE), "forwarded"),
    "return": (QUEUE, "forwarded"),
    "take_back": (("awaiting_partner", "forwarded"), ""),
    "step_back": (("accepted", "in_progress", "referred"), ""),
    "split": (QUEUE, "referred"),
    "unsplit": (("referred",), ""),
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
# What is no step from state to state: from where a body may ask the reporter.
BESIDE_TABLE = {"ask": QUEUE}
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
# What may be done with a report that waits for its parts, besides taking the split back: no staff is asked.
WITH_PARTS = {"unsplit", "ask", "hand_over", "confirm", "expire"}
ANSWERS = {"accepted", "started", "referred", "resolved", "rejected", "merged", "asked"}  # by its body: it has answered
# Hours of which a question stops the clock at most, for which a result can be taken back, and hiding objected to.
ASKED, UNDONE, OBJECTED = 7 * 24, 24, 30 * 24
REASONED = {
    "refer", "transfer", "return", "reject", "decline", "reopen", "note", "comment", "contest", "uphold", "ask",
    "split",
}  # fmt: skip
COORDINATORS = {"merge", "unmerge", "split", "unsplit"}  # every other step of staff asks for an officer


@dataclass(frozen=True)
class Line:
    """One line of the timeline: who may read it besides everybody (`internal` of a body, `reporter`)."""

    kind: str
    seen: str = "public"
    body: str = ""
    author: str = ""  # of a citizen's words
    moves: bool = False


@dataclass
class Clock:
    """Hours since the reports were sent."""

    hours: float = 0


@dataclass
class Hidden:
    """One thing that was taken from the public; `by` and `author` are names, `line` the one that tells of it."""

    target: str
    line: int
    at: float
    by: str
    author: str
    is_appealed: bool = False
    ended: str = ""
    is_kept: bool = True  # sealed, so that it can be shown again


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
    clock: Clock = field(default_factory=Clock)
    promised: dict[str, tuple[float | None, float]] = field(default_factory=dict)  # of a body and priority: hours
    moved_at: float = 0
    came_at: float = 0
    due: float = 0
    answer_by: float | None = None
    answered: bool = False  # its body has said something since it came
    asked: float | None = None  # since when it waits for its reporter
    ignored: bool = False  # the reporter let the last question pass
    waited: list[tuple[float, float]] = field(default_factory=list)  # since it came to its body
    whole: Life | None = None
    parts: list[Life] = field(default_factory=list)  # that were ever made
    split: list[Life] = field(default_factory=list)  # that are in force
    split_from: str = ""
    hidden: list[Hidden] = field(default_factory=list)
    flags: dict[str, list[str]] = field(default_factory=dict)  # of a target: who raised them
    deed: tuple[dict[str, Any], int] | None = None  # how it was before what staff did last, and the entry that it left

    @property
    def colour(self) -> str:
        return COLOUR[self.state]

    @property
    def is_hidden(self) -> bool:
        """Whether all of it was taken from the public."""
        return self.is_gone("report")

    @property
    def is_restricted(self) -> bool:
        """Whether no public list has it."""
        return self.privacy == "secret" or self.is_hidden or self.whole is not None

    @property
    def is_secret(self) -> bool:
        """Whether not everybody may open it."""
        return self.is_restricted and (self.whole is None or self.whole.is_restricted)

    @property
    def has_open_parts(self) -> bool:
        open_ones = [one for one in self.parts if one.colour not in ENDED and not one.away]
        return self.state == "referred" and bool(open_ones)

    def is_gone(self, target: str) -> bool:
        """Whether it is hidden now."""
        return any(one.target == target and one.ended != "shown" for one in self.hidden)

    @property
    def is_work(self) -> bool:
        """Whether its body still has something to do."""
        return not self.away and (self.state in QUEUE or (self.objections > 0 and self.colour in ENDED))

    def let_go(self) -> None:
        """Nobody works on it any more, and how pressing it is, is not known."""
        self.priority, self.hands = "normal", ""

    def may(self, step: str) -> set[str]:
        """Why the table refuses a step now."""
        sources = TABLE[step][0] if step in TABLE else BESIDE_TABLE[step]
        refused = set() if self.state in sources else {"wrong_state"}
        return refused | ({"split"} if self.has_open_parts and step not in WITH_PARTS else set())

    def say(self, kind: str, seen: str = "public", body: str = "", author: str = "", *, moves: bool = False) -> None:
        """One more line; `body`: of whose staff it is."""
        self.lines.append(Line(kind, seen, body, author, moves))
        if body and (kind in ANSWERS or (kind == "noted" and seen == "public")):
            self.answer_by, self.answered = None, True

    def pledged(self, priority: str) -> tuple[float | None, float]:
        """Within how many hours its body answers (None: it has not promised), and solves."""
        return self.promised.get(f"{self.body} {priority}") or self.promised.get(self.body) or self.promised[""]

    def promise(self) -> None:
        """It comes to a body, whose clocks begin."""
        answer, solve = self.pledged("normal")
        self.came_at, self.asked, self.ignored, self.answered, self.waited = self.clock.hours, None, False, False, []
        self.due, self.answer_by = self.came_at + solve, None if answer is None else self.came_at + answer

    def prioritise(self, priority: str) -> None:
        """What is promised for it counts from when it came; for as long as it waited no clock ran."""
        before, now = self.pledged(self.priority), self.pledged(priority)
        self.priority = priority
        if before == now:
            return
        self.due = self.came_at + now[1]
        for began, ended in self.waited:
            self.due += ended - began if self.due > began else 0
        self.answer_by = None if self.answered or now[0] is None else self.came_at + now[0]

    def resume(self) -> None:
        """It waits for its reporter no more."""
        if self.asked is not None:
            self.waited.append((self.asked, self.clock.hours))
            self.due += self.clock.hours - self.asked if self.due > self.asked else 0
            self.asked = None

    def move(self, kind: str, state: str, ending: str = "", by: str = "", body: str = "") -> None:
        """One more line, and the report is elsewhere. `by`: the body whose staff did it."""
        was_ended = self.colour in ENDED
        self.before, self.by, self.moved_at = self.state, (kind, by), self.clock.hours
        self.state, self.ending = state, ending
        if state != "duplicate":
            self.original = ""
        if self.colour in ENDED:
            self.resume()
        if kind in {"reopened", "undone"} or (kind == "referred" and was_ended):
            self.objections, self.objectors = 0, set()
        self.reopened += kind == "reopened"
        self.say(kind, body=by, moves=True)
        if body:
            self.lines[-1] = replace(self.lines[-1], body=body)
        if self.whole and was_ended != (self.colour in ENDED):
            self.whole.follow(self)

    def step(self, step: str, kind: str, by: str = "") -> None:
        """A step whose target stands in the table."""
        self.move(kind, TABLE[step][1], ENDINGS.get(step, ""), by)

    def wait(self, partners: set[str]) -> None:
        """Where its body takes no part, a report waits openly."""
        if self.body not in partners:
            self.move("awaiting_partner", "awaiting_partner")

    def send(self, kind: str, to: str, partners: set[str], by: str = "", state: str = "") -> None:
        """To another body; `by` staff, or a peer."""
        self.had.add(self.body)
        if kind == "transferred":
            self.givers.append((self.body, to))
        if to != self.body:
            self.ignored = False
            self.let_go()
            self.body = to
            self.promise()
        self.move(kind, state or ("routed" if kind == "declined" else "forwarded"), by=by, body=to)
        self.wait(partners)

    def giver(self) -> str:
        """Who transferred it to where it is; empty: nobody."""
        return next((giver for giver, to in reversed(self.givers) if to == self.body), "")

    def undoing(self, body: str) -> set[str]:
        """Why staff may not take back the ending."""
        kind, by = self.by
        refused = self.may("undo") if self.before in QUEUE else {"wrong_state"}
        mine = kind in {"resolved", "rejected"} and by == body == self.body
        late = {"too_late"} if self.clock.hours - self.moved_at > UNDONE else set()
        return refused | (late if mine else {"not_yours"})

    def stepping_back(self) -> set[str]:
        """Why staff may not take back that they accepted, began or referred."""
        kind, by = self.by
        mine = kind in {"accepted", "started", "referred"} and by == self.body and self.before in QUEUE
        return self.may("step_back") | (set() if mine else {"wrong_state"})

    # --- what is split, and ends with its parts ---

    def divide(self, parts: list[Life]) -> None:
        """Its body asks others to work on it: for each a part."""
        self.parts += parts
        self.move("referred", "referred", by=self.body)
        self.split, self.split_from, self.by = parts, self.before, ("split", self.body)

    def follow(self, part: Life) -> None:
        """One of its parts has ended, or goes on."""
        if self.away or not self.split:
            return
        if part.colour not in ENDED:
            if self.state in (*QUEUE[:-1], "resolved", "confirmed", "closed", "rejected"):
                self.move("referred", "referred")
                self.split_from = self.before
        elif self.state == "referred" and not self.has_open_parts:
            if all(one.colour == "done" for one in self.split):
                self.move("resolved", "resolved", "solved")
            else:
                self.move("parts_ended", "accepted")

    def rejoining(self) -> set[str]:
        """Why staff may not take the split back: it waits for nobody, or one has done its work already."""
        here = [one for one in self.split if not one.away]
        left = {one.state for one in here if one.colour not in ENDED}
        is_over = any(one.colour in ENDED for one in here) and left != {"awaiting_partner"}
        return self.may("unsplit") | (set() if left and not is_over else {"wrong_state"})

    def rejoin(self) -> list[Life]:
        """The split is taken back; the parts that end with it."""
        before = "accepted" if COLOUR[self.split_from] in ENDED else self.split_from
        self.split = []
        self.move("stepped_back", before, by=self.body)
        ended = [one for one in self.parts if one.colour not in ENDED and not one.away]
        for one in ended:
            one.move("merged", "duplicate", "merged", by=self.body)
            one.original = self.code
        return ended
