"""A few alerts and all who have to do with them: what holds after every step, and how a step is tried.

The steps stand in `test_life.py` and `asides.py`; the other instances are one of `Far`, in this process.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from hypothesis.stateful import RuleBasedStateMachine

from kentongan import emergency
from kentongan.community.neighbours import Group
from kentongan.emergency import posts
from kentongan.emergency.calling import goes_on
from kentongan.emergency.fleet import Unit
from kentongan.emergency.models import Alert, Watch
from kentongan.emergency.stays import Letter, Stay
from kentongan.foundation import outgoing
from kentongan.foundation.revision import Cached
from kentongan.network.models import Peer as PeerRow
from kentongan.people.models import Person
from tests.emergency.far_life import FarLife
from tests.emergency.life import LOOK, Line
from tests.emergency.post import first
from tests.emergency.town import ABROAD, BEGIN, OPERATORS, PLACES, POSTS, STAFF, UNITS, Clock, Crew, Peer, Town
from tests.inputs import refusal

CODE, FORCED = "1234", "9876"
NEIGHBOURS = ("warga", "tetangga", "satpam")
CAST = (*STAFF, *NEIGHBOURS, "lewat")
MOST = 6  # alerts of an example
# Of whom, from where, whether it is silent.
PRESSES = {
    "mine": ("warga", "street", False), "silent": ("warga", "street", True), "lost": ("", "", False),
    "bekasi": ("lewat", "bekasi", False), "away": ("", "denpasar", False), "guess": ("lewat", "", False),
}  # fmt: skip
HOME = "bekasi"  # of `lewat`


@dataclass
class Far:
    """The other instances: they take only what the page about letters lets them take."""

    town: Town
    told: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    known: set[tuple[str, str]] = field(default_factory=set)

    def speak(self, peer: PeerRow, method: str, _path: str, said: Any = None, **_limits: Any) -> Any:
        there = self.town.peers[peer.name]
        if there.mode == "down":
            raise outgoing.Unreached
        content = (
            {"alerts": [self.result(there, one) for one in said["alerts"]]} if method == "POST" else
            {"watches": [{"area": there.area, "post": there.post, "on_duty": True}]}
        )  # fmt: skip
        return SimpleNamespace(expect=lambda: SimpleNamespace(json=lambda: content))

    def result(self, there: Peer, said: Any) -> dict[str, Any]:
        at, kinds = (there.name, said["alert"]), [one["type"] for one in said["letters"]]
        if there.mode == "later":
            return {"alert": said["alert"], "status": "later", "problem": "busy"}
        if there.mode == "refused" or (at not in self.known and kinds[:1] != ["alert"]):
            return {"alert": said["alert"], "status": "refused", "problem": "no_alert"}
        self.known.add(at)
        self.told.setdefault(at, []).extend(kinds)
        number = max((one["number"] for one in said["letters"]), default=0)
        is_watched = there.mode == "watched"
        return {
            "alert": said["alert"], "status": "taken", "number": number, "watched": is_watched, "post": there.post,
            "kept_days": 30,
        }  # fmt: skip


class Table(RuleBasedStateMachine):
    """The alerts, and what all read of them."""

    people: dict[str, Person]
    names: dict[int, str]
    watches: dict[str, Any]
    rows: dict[str, Unit]
    group: Group
    clock: Clock
    far: Far
    timers: list[Any]
    told: list[Any]

    def sets_out(self, is_first: bool, national: bool) -> None:
        """All are on duty, and the other instances have said so too."""
        self.turn, self.timers, self.number, self.told = 0, [], 0, []
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.clock.at = BEGIN + timedelta(hours=1)
        self.town = Town(self.clock, {name: replace(one) for name, one in POSTS.items()}, is_first=is_first)
        self.far.town, self.far.told, self.far.known = self.town, {}, set()
        self.town.posts["wide"].area = "" if national else "31"
        if not national:
            Watch.objects.filter(pk=self.watches["wide"].pk).update(area_code="31")
            posts.changed()
        if is_first:
            Group.objects.update(order="first")
        self.town.members = list(NEIGHBOURS)
        self.town.units = {name: Crew(name, *one) for name, one in UNITS.items()}
        at = self.clock.at
        for name, area in ABROAD.items():
            self.town.peers[name] = Peer(
                name, f"Lapor {name.title()}", f"Posko {name.title()}", area, said=at, asked=at
            )
        self.town.turns = dict.fromkeys(OPERATORS, at)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)
        for cached in Cached.every:
            cached.forget()

    # --- what holds after every step ---

    @property
    def lives(self) -> list[FarLife]:
        return [one for one in self.town.lives if not one.forgotten]

    def hold(self, *lives: FarLife, readers: int = 1) -> None:
        """Of each of these, and what some of all who may ask are told, in turn."""
        for life in lives:
            self.holds(life)
        for _reader in range(readers):
            self.turn += 1
            self.reads(self.turn, lives[0] if lives else None)

    def holds(self, life: FarLife) -> None:
        row = Alert.objects.select_related("owner", "watch").get(pk=life.key)
        assert (row.state, self.name(row.owner_id), row.owner_away) == (life.state, life.owner, life.owner_away)
        assert (row.duress, row.result, row.area_code, row.away) == (life.duress, life.result, life.area, life.away)
        assert goes_on(row) == life.goes_on
        assert (row.called_home, row.unit, row.eta_at is not None) == (life.called_home, life.unit, life.eta)
        assert (row.watch_id and self.post_named(row.watch_id)) == (life.post or None)
        assert (row.steps, row.rounds) == (life.steps, life.rounds)
        for at, meant in ((row.step_at, life.step_at), (row.ended_at, life.ended), (row.called_from, life.called_from)):
            assert (at is None) == (meant is None), (at, meant)
            assert at is None or meant is None or abs((at - meant).total_seconds()) < 0.01, (at, meant)
        assert self.log(row) == life.lines
        called = set(row.calls.values_list("person", flat=True))
        assert {self.name(one) for one in called} == life.calls
        assert not (life.calls and (life.owner or life.owner_away or not life.goes_on)), (
            "it sounds, and somebody has it"
        )
        self.holds_units(life, row)
        self.holds_stays(life, row)

    def holds_units(self, life: FarLife, row: Alert) -> None:
        told = {
            one.unit.call_sign: (
                one.answer == "takes", one.there_at is not None, one.by_radio, one.late_at is not None,
                one.silent_at is not None,
            )
            for one in row.sendings.filter(ended_at=None).select_related("unit")
        }  # fmt: skip
        assert told == {
            name: (one.takes, one.there, one.by_radio, one.late, one.silent) for name, one in life.sent.items()
        }

    def holds_stays(self, life: FarLife, row: Alert) -> None:
        assert row.shared == bool(life.stays)
        if not life.stays:
            return
        for stay in Stay.objects.filter(alert=row):
            meant = life.stays[stay.peer_id or ""]
            told = (stay.side, stay.state, stay.watched, stay.owner, stay.failing_since is not None)
            assert told == (meant.side, meant.state, meant.watched, meant.owner, meant.failing is not None)
            letters = list(Letter.objects.filter(stay=stay).order_by("number").values_list("kind", flat=True))
            assert letters == meant.letters
            assert self.far.told.get((stay.peer_id or "", str(life.key)), []) == meant.told

    def log(self, row: Alert) -> list[Line]:
        kept = row.entries.order_by("seq").values_list("kind", "state_to", "person", "data")
        return [Line(kind, state, self.name(person), self.note(data)) for kind, state, person, data in kept]

    def note(self, data: dict[str, Any]) -> str:
        """What the codes of a line say."""
        if "number" in data:
            return f"{data['to']} {data['number']}"
        if "unit" in data:
            unit = next(name for name, one in self.rows.items() if one.pk == data["unit"])
            return f"{unit} radio" if data.get("radio") else unit
        if "by" in data:
            return f"by {data['by']}"
        said = data.get("from")
        before = self.name(said) if isinstance(said, int) else said
        return str(data.get("why") or data.get("to") or before or ("code" if data.get("code") else ""))

    def name(self, key: int | None) -> str:
        return self.names.get(key or 0, "")

    def post_named(self, key: int) -> str:
        return next(name for name, one in self.watches.items() if one.pk == key)

    def all_is_somebodys(self) -> None:
        """No alert that goes on is nobody's, however it came so."""
        for life in self.lives:
            assert not life.is_nobodys, life

    # --- trying ---

    def tries(self, reasons: set[str], do: Callable[[], object], life: FarLife | None = None) -> bool:
        """Whether it happened: refused by one of the `reasons` where there are any, and done where there is none."""
        refused = refusal(reasons, do)
        if refused and life:
            self.hold(life, readers=0)
        return not refused

    def any_life(self, which: int) -> FarLife | None:
        """Mostly the one that came last."""
        lives = self.lives
        return lives[-1 - which % len(lives)] if lives else None

    def able(self, life: FarLife) -> list[str]:
        return [one for one in OPERATORS if life.post_of(one)]

    def who(self, name: str, life: FarLife) -> str:
        """Who it is: `apt` may do it, and has it where somebody has."""
        able = self.able(life)
        awake = next((one for one in able if self.town.is_awake(one)), able[0] if able else "budi")
        return (life.owner or awake) if name == "apt" else name

    def press(self, kind: str, key: UUID | None = None, token: str = "") -> FarLife:
        """Somebody presses; how it has to stand then."""
        person, place, silent = PRESSES[kind]
        spot = dict(zip(("lon", "lat"), PLACES[place][0] if place else (None, None), strict=True))
        life = FarLife(key or uuid4(), self.town, token or uuid4().hex, person, silent=silent)
        sender = self.people.get(person)
        sent = emergency.read_press(first(alert_id=str(life.key), silent=silent, **spot), sender)
        done = emergency.receive(sent, sender, "10.0.0.1", life.token)
        assert done.created
        life.spot, life.guessed = place, kind == "guess"
        self.comes(life, PLACES[place or HOME][1] if place or life.guessed else "")
        return life

    def comes(self, life: FarLife, area: str) -> None:
        """A new alert: whoever watches is called, and the neighbourhood of who pressed; never for a silent one."""
        now, life.area = self.clock(), area
        life.created = life.called_from = now
        life.post = self.town.first_awake(self.town.covering(area))
        self.town.lives.append(life)
        life.say("received", "received", life.person)
        if life.person in self.town.members and not life.silent:
            life.called, life.is_told = now, False
            others = [one for one in self.town.members if one != life.person]
            self.town.mails += [f"{life.key} neighbour"] * len(others)
            heard = [
                one
                for one in others
                if now - self.town.heard.get(one, datetime.min.replace(tzinfo=now.tzinfo)) < LOOK / 2
            ]
            if self.town.is_first and heard:
                life.called_from = now + LOOK / 2
        if not life.give():
            life.call()
