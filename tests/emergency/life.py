"""The life of an alert as people are promised it, written by hand: what a step does, and why it may be refused.

Nothing here is read from the code under test: the table stands once more, from `docs/reference/alerts.md`, so that a
change of the one must be meant in the other too. `test_life.py` drives both; `far_life.py` has what is
between instances.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tests.emergency.town import BEGIN, STAFF, Crew, Post, Town, covers

OWNED = ("acknowledged", "on_the_way", "there")
OPEN, ENDED = ("received", *OWNED), ("closed", "cancelled")
# step: the states it starts from, and where it leads ("": the state stays)
TABLE: dict[str, tuple[tuple[str, ...], str]] = {
    "acknowledge": (("received",), "acknowledged"),
    "take_over": (OWNED, ""),
    "release": (("acknowledged",), "received"),
    "set_out": (("acknowledged", "on_the_way"), "on_the_way"),
    "arrive": (("acknowledged", "on_the_way"), "there"),
    "unit_takes": (("received", "acknowledged", "on_the_way"), "on_the_way"),
    "unit_there": (OPEN, "there"),
    "nobody_comes": (("on_the_way",), "acknowledged"),
    "close": ((*OWNED, "cancelled"), "closed"),
    "cancel": (OPEN, "cancelled"),
    "doubt": (("cancelled",), "acknowledged"),
}
RESULTS = ("helped", "referred", "nobody_found", "no_danger")
AGAIN, PHONES, REST, YOUNG = timedelta(seconds=60), timedelta(minutes=20), timedelta(days=7), timedelta(hours=1)
UNANSWERED, LOOK, CALLED = timedelta(days=3), timedelta(minutes=2), timedelta(days=1)
# What another instance is told of that has it too: steps, and that who comes has changed.
STEPS = {"acknowledged", "taken_over", "released", "set_out", "arrived", "closed", "lapsed", "doubted"}
OF_UNITS = {"unit_takes", "unit_there", "unit_turned", "unit_recalled", "unit_done", "unit_silent", "unit_heard"}
OF_ITS_PERSON = {"cancelled": "cancelled", "duress": "cancelled", "wrong_code": "wrong_code"}


@dataclass(frozen=True)
class Line:
    """One line of the log: the kind, where it leads, who did it, and what is said of it in codes."""

    kind: str
    state: str = ""
    who: str = ""
    note: str = ""
    at: datetime | None = field(default=None, compare=False)


@dataclass
class Sent:
    """A unit that was asked to come and has not left: `reach` is how near it was known to be ("": unknown)."""

    at: datetime
    reach: str
    takes: bool = False
    there: bool = False
    by_radio: bool = False
    late: bool = False
    silent: bool = False
    eta: bool = False  # whether its person is named a time


@dataclass
class Stay:
    """An alert at another instance: `letters` wait for it, `told` has had what it took."""

    side: str
    since: datetime
    heard: datetime
    state: str = "asking"
    watched: bool = False
    owner: str = ""
    failing: datetime | None = None
    letters: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)


@dataclass
class Life:
    """One alert as it must be. Names are those of the people in the test; `spot` is where its phone was last."""

    key: UUID
    town: Town
    token: str
    person: str = ""
    area: str = ""
    spot: str = ""
    silent: bool = False
    drill: bool = False
    forced_timer: bool = False
    guessed: bool = False  # whether the area is only that of the account's home
    state: str = ""
    owner: str = ""
    owner_away: str = ""
    duress: bool = False
    result: str = ""
    post: str = ""
    away: str = ""
    called_home: bool = False
    unit: str = ""
    eta: bool = False
    by_hand: str = ""
    hand_eta: bool = False
    created: datetime = BEGIN
    called_from: datetime = BEGIN
    cancelled: datetime | None = None
    ended: datetime | None = None
    step_at: datetime | None = None
    steps: int = 0
    rounds: int = 0
    phoned: int = 0
    forgotten: bool = False
    lines: list[Line] = field(default_factory=list)
    calls: set[str] = field(default_factory=set)
    sent: dict[str, Sent] = field(default_factory=dict)
    stays: dict[str, Stay] = field(default_factory=dict)
    messages: list[tuple[str, datetime]] = field(default_factory=list)
    looks: list[list[Any]] = field(default_factory=list)  # who, from when until when
    called: datetime | None = None  # when the neighbourhood was
    is_told: bool = True  # whether the phones of neighbours know
    answers: dict[str, str] = field(default_factory=dict)

    # --- where it stands ---

    @property
    def goes_on(self) -> bool:
        """Whether operators have to do with it: what was cancelled under duress only looks ended."""
        return self.state not in ENDED or (self.state == "cancelled" and self.duress)

    @property
    def sees(self) -> list[Post]:
        """The posts that see it, the nearest first; where none covers it and nobody else answers, those at home."""
        near = self.town.covering(self.area)
        return near or (self.town.home() if self.called_home else [])

    def post_of(self, name: str) -> str:
        """At which post somebody may work on it: one that sees it, and where they have it already."""
        post, rank = STAFF.get(name, ("", 0))
        is_seen = post in {one.name for one in self.sees} or name == self.owner
        return post if rank >= 2 and is_seen else ""

    def is_of(self, phone: str) -> bool:
        """Whether a phone may open it: by its claim, which no drill has and no alert of elsewhere, or its account."""
        return bool(self.token if phone == "claim" else self.person if phone in {"account", self.person} else "")

    @property
    def stopped(self) -> datetime | None:
        """When the screen of its person stopped: after a cancel nothing is shown for a week, whichever code it was."""
        if self.cancelled is None or any(one.kind == "doubted" for one in self.lines):
            return None
        return self.cancelled if self.town.clock.at < self.cancelled + REST else None

    @property
    def is_nobodys(self) -> bool:
        """Whether it goes on, and nobody has it nor will be asked to."""
        is_asked = self.step_at is not None or (bool(self.away) and not self.called_home)
        return self.goes_on and not (self.owner or self.owner_away or is_asked)

    def may(self, step: str) -> set[str]:
        """Why the table refuses a step now."""
        return set() if self.state in TABLE[step][0] else {"wrong_state"}

    def owning(self, name: str) -> set[str]:
        """Why somebody does not have it."""
        if not self.post_of(name):
            return {"no_alert"}
        if self.owner == name:
            return set()
        return {"owned"} if self.owner or self.owner_away else {"not_owner"}

    # --- the log ---

    def say(self, kind: str, state: str | None = None, who: str = "", note: str = "", *, told: bool = True) -> None:
        """One more line. `told`: other instances that have it are told, where it is theirs to know."""
        now, moves = self.town.clock(), state is not None and state != self.state
        self.lines.append(Line(kind, (state or "") if moves else "", who, note, now))
        if moves:
            self.move(state or "", now)
        if told and kind in OF_ITS_PERSON:
            self.write(OF_ITS_PERSON[kind], "out")
        elif told and (kind in STEPS | OF_UNITS or moves):
            self.write("step")

    def write(self, letter: str, side: str = "") -> None:
        """A letter to each instance that has it too."""
        for stay in self.stays.values():
            if stay.state in {"asking", "held", "leaving"} and side in {"", stay.side}:
                stay.letters.append(letter)

    def move(self, state: str, now: datetime) -> None:
        self.state, self.ended = state, now if state in ENDED else None
        self.cancelled = now if state == "cancelled" else self.cancelled
        if state != "received":
            self.step_at, self.calls = None, set()
        if not self.goes_on:
            for name in self.sent:  # whoever was sent is free again
                unit = self.town.units[name]
                if unit.state in {"on_the_way", "there"}:
                    unit.state, unit.since = "available", now
            self.sent = {}

    # --- who is called ---

    def call(self) -> None:
        """All rules that are due, and when the next one is."""
        now = self.town.clock()
        if self.away and not self.called_home:
            self.called_home = True
            self.post = self.town.first_awake(self.sees)
            self.say("called_home", note=self.away)
        self.called_home = self.called_home or not self.sees
        self.post = self.post or self.town.first_awake(self.sees)
        rules, before = self.town.posts[self.post].rules, self.steps
        times = [self.called_from + timedelta(seconds=after) for after, _to in rules]
        while self.steps < len(rules) and times[self.steps] <= now:
            self.steps += 1
        self.step_at = times[self.steps] if self.steps < len(rules) else now + AGAIN
        for _after, to in rules[before : self.steps]:
            self.follow(to)
        if self.steps >= len(rules):
            self.calls |= set(self.town.awake(self.sees))
        if self.steps > before or (self.steps == len(rules) and now - self.called_from < PHONES):
            self.rounds += 1

    def follow(self, to: str) -> None:
        """One rule."""
        there = self.town.awake(self.sees)
        near = [one for one in there if STAFF[one][0] == self.post]
        if to == "mail":
            number = 0 if self.drill else self.town.posts[self.post].mailed
            self.town.mails += [f"{self.key} mail"] * number
            self.say("called", note=f"{to} {number}")
            return
        if to == "wider":
            near = [one for one in there if STAFF[one][0] != self.post]
        elif to == "one":
            fresh = [one for one in near if one not in self.calls]
            near = sorted(fresh, key=self.town.busy)[:1]
        self.calls |= set(near)
        self.say("called", note=f"{to} {len(near)}")

    def call_anew(self) -> None:
        self.steps, self.called_from = 0, self.town.clock()
        self.call()

    def put_back(self, why: str) -> None:
        """Nobody has it any more: everybody is called at once. Help that is on its way stays so."""
        self.owner, self.steps, self.called_from = "", 0, self.town.clock()
        self.say("released", "received" if self.state == "acknowledged" else self.state, note=why)
        self.call()

    def own(self, name: str, kind: str, state: str, note: str = "") -> None:
        """Somebody has it from now on, and is on duty by that; it sounds for nobody."""
        self.owner, self.owner_away = name, ""
        self.say(kind, state, name, note)
        self.calls = set()

    def cancel(self, duress: bool, code: bool, who: str = "") -> None:
        """By its person. Under duress it goes on, and everybody is called again."""
        self.duress, due = duress, self.step_at
        self.say("duress" if duress else "cancelled", "cancelled", who, "code" if code else "")
        if duress:
            lies_away = bool(self.away) and not self.called_home
            self.ended, self.steps, self.called_from = None, 0, self.town.clock()
            self.step_at = due if lies_away else None
            if not self.owner and not lies_away:
                self.call()

    # --- units ---

    def reach(self, unit: Crew) -> str:
        """How near a unit is, as far as both places are known."""
        is_known = unit.placed is not None and self.town.clock.at - unit.placed < YOUNG
        return ("far" if self.spot == "denpasar" else "near") if is_known and self.spot else ""

    def is_offered(self, unit: Crew, name: str) -> bool:
        """Whether somebody may send a unit: it works in the area, or is of the body of their post."""
        post = self.post_of(name)
        is_of_it = bool(post) and self.town.posts[unit.post].body == self.town.posts[post].body
        return not unit.ended and (is_of_it or (covers(unit.area, self.area) if self.area else not unit.area))

    def coming(self) -> dict[str, Sent]:
        return {name: one for name, one in self.sent.items() if one.takes}

    def say_who_comes(self) -> None:
        """Who is on the way, those an operator wrote by hand too, and whether the first of them is named a time."""
        coming = self.coming()
        order = [name for name in self.sent if name in coming]
        self.unit = ", ".join(dict.fromkeys([*order, *([self.by_hand] if self.by_hand else [])]))
        self.eta = self.hand_eta or any(one.eta and not one.there and not one.silent for one in coming.values())

    def of_unit(self, kind: str, unit: Crew, who: str, step: str = "") -> None:
        """A line of a unit, by which the alert moves where the table lets it: what looks cancelled looks so still."""
        moves = bool(step) and self.state in TABLE[step][0]
        radio = " radio" if self.sent.get(unit.name) and self.sent[unit.name].by_radio else ""
        self.say(kind, TABLE[step][1] if moves else None, who, f"{unit.name}{radio}")
        if moves and not self.owner and not self.owner_away and self.state != "acknowledged":
            self.call_anew()  # help comes, and nobody has it

    def take(self, unit: Crew, who: str) -> None:
        sent = self.sent[unit.name]
        sent.takes, sent.late = True, False
        sent.eta = (self.reach(unit) or sent.reach) == "near"
        unit.state, unit.since = "on_the_way", self.town.clock()
        self.say_who_comes()
        self.of_unit("unit_takes", unit, who, "unit_takes")

    def arrive(self, unit: Crew, who: str) -> None:
        sent = self.sent[unit.name]
        if sent.there:
            return
        sent.takes, sent.there, sent.eta, sent.silent = True, True, False, False
        unit.state, unit.since = "there", self.town.clock()
        self.say_who_comes()
        self.of_unit("unit_there", unit, who, "unit_there")

    def refuse(self, unit: Crew, who: str) -> None:
        if self.sent[unit.name].takes:
            self.leave(unit, who, "left")
            return
        self.of_unit("unit_cannot", unit, who)
        del self.sent[unit.name]

    def leave(self, unit: Crew, who: str, ending: str) -> None:
        """It turns back, has done its work, or is called back; where nobody else comes, that is said."""
        sent = self.sent[unit.name]
        unit.state, unit.since = "available", self.town.clock()
        sent.takes = False
        self.say_who_comes()
        kind = "unit_recalled" if ending == "recalled" else "unit_done" if sent.there else "unit_turned"
        nobody = self.state == "on_the_way" and not self.unit
        self.of_unit(kind, unit, who, "nobody_comes" if nobody else "")
        del self.sent[unit.name]
        if nobody and not self.owner and not self.owner_away:
            self.put_back("owner_silent")

    def watch_units(self, kind: str, found: Iterable[str]) -> None:
        """The log says once that a unit did not answer, or is heard no more."""
        for name in found:
            if kind == "unit_unanswered":
                self.sent[name].late = True
            else:
                self.sent[name].silent = True
            self.say_who_comes()
            self.say(kind, note=name)
