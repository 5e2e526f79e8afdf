"""What each party reads of the alerts in the random lives: the phone, who else has its account, neighbours, operators,
crews, everybody who asks whether a place is watched, and whom mails and phones told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from kentongan import emergency
from kentongan.community.neighbours import GroupCall
from kentongan.emergency.fleet import Sending
from kentongan.emergency.models import Relay
from kentongan.notify.models import Message, Push
from tests.emergency.far_life import FarLife
from tests.emergency.life import CALLED, ENDED, LOOK
from tests.emergency.lives import Table
from tests.emergency.town import OPERATORS, PLACES, STAFF, covers
from tests.inputs import refusal

YOUNG, HURRIES = timedelta(seconds=3), timedelta(minutes=30)


@dataclass
class Told:
    """What one phone was told: of whom, and of which round or unit."""

    kind: str
    life: FarLife
    about: str
    at: datetime
    gone: bool = False


class Readers(Table):
    """Each looks in turn."""

    told: list[Told]

    def reads(self, turn: int, life: FarLife | None) -> None:
        lives = self.lives
        life = life if life in lives else lives[turn % len(lives)] if lives else None
        others: list[Any] = [
            lambda: self.public_reads(turn), lambda: self.operator_reads(OPERATORS[turn // 8 % 5]), self.crews_read,
            self.phones_read, lambda: self.account_reads("warga"),
            lambda: self.operator_reads(OPERATORS[turn // 4 % 5]),
        ]  # fmt: skip
        if life is None or turn % 3 == 2:
            others[turn // 3 % len(others)]()
        elif life.called and turn % 3 == 1:
            self.neighbour_reads(life, ("tetangga", "satpam", "tetangga", "warga", "satpam", "lewat")[turn // 3 % 6])
        else:
            self.phone_reads(life, ("claim", "claim", life.person or "claim", "lewat")[turn // 3 % 4])

    # --- the phone ---

    def phone_reads(self, life: FarLife, by: str) -> None:
        """Its own phone knows the claim; a second one has the account."""
        person, claim = self.people.get(by), life.token if by == "claim" else ""
        found: list[Any] = []
        refused = refusal(
            set() if life.is_of(by) else {"no_alert"}, lambda: found.append(emergency.open_for(life.key, person, claim))
        )
        if refused:
            return
        told = emergency.told(found[0])
        stopped = life.stopped
        assert told["state"] == ("cancelled" if stopped else life.state)
        assert (told["result"], told["unit"]) == (("", "") if stopped else (life.result, life.unit))
        assert (told["eta_at"] is not None) == (life.eta and not stopped)
        assert (told["ended_at"] is not None) == bool(stopped or life.ended)
        assert told["owner"] == ("" if stopped else self.owner_named(life))
        assert told["watched"] == self.is_watched(life)
        assert told["asks_code"] == (life.person == "warga" and life.state not in ENDED)
        assert {one["name"]: one["what"] for one in told["neighbours"]} == ({} if stopped else life.answers)
        assert len(told["messages"]) == sum(stopped is None or at <= stopped for _by, at in life.messages)
        self.phone_reads_who_comes(life, told)
        self.phone_reads_the_log(life, told)

    def phone_reads_who_comes(self, life: FarLife, told: dict[str, Any]) -> None:
        lies = life.there if life.stopped is None and life.state not in ENDED else None
        if lies:
            silent = lies[1].failing is not None
            state = {"asking": "asking", "refused": "refused"}.get(lies[1].state, "no_answer" if silent else "received")
            assert (told["abroad"]["instance"], told["abroad"]["state"]) == (lies[0].title, state)
            assert told["abroad"]["watched"] == (state == "received" and lies[1].watched)
        else:
            assert told["abroad"] is None
        units = {
            one["name"]: (one["state"], one["eta_at"] is not None, one["silent_since"] is not None)
            for one in told["units"]
        }
        coming = {} if life.stopped or not life.unit else life.coming()
        assert units == {
            name: ("there" if one.there else "on_the_way", one.eta and not one.there, one.silent)
            for name, one in coming.items()
        }

    def phone_reads_the_log(self, life: FarLife, told: dict[str, Any]) -> None:
        stopped = life.stopped
        if life.state not in ENDED:
            assert told["log"] == []
            return
        lines = [(one.at, "cancelled" if stopped and one.kind == "duress" else one.kind) for one in life.lines]
        every: list[Any] = [*lines, *((at, "looked") for _name, at, _until in life.looks)]
        seen = sorted((one for one in every if stopped is None or one[0] <= stopped), key=lambda one: one[0])
        assert [one["kind"] for one in told["log"]] == [kind for _at, kind in seen]

    def owner_named(self, life: FarLife) -> str:
        if life.owner:
            return f"{life.owner.title()} ({self.town.posts[STAFF[life.owner][0]].title})"
        left = [one.owner for one in life.stays.values() if one.state == "leaving"]
        return life.owner_away or next((one for one in left if one), "")

    def is_watched(self, life: FarLife) -> bool:
        """Whether somebody is on duty who would hear of it: where it lies, or here once we are called."""
        here = bool(self.town.awake(life.sees))
        lies = life.there if life.stopped is None and life.state not in ENDED else None
        if lies is None:
            return (life.called_home and not life.area and here) or self.town.watched(life.area)[0]
        stay = lies[1]
        return (stay.state == "held" and stay.watched and stay.failing is None) or (life.called_home and here)

    def account_reads(self, name: str) -> None:
        """The alerts of an account; not one of which the phone must not know yet."""
        mine = [one for one in self.lives if one.person == name and not (one.forced_timer and one.stopped)]
        held = [one.pk for one in emergency.held_by(self.people[name])]
        assert set(held) == {one.key for one in mine}

    # --- neighbours ---

    def neighbour_reads(self, life: FarLife, name: str) -> None:
        """Where it is, as long as it goes on as its person sees it; its person reads afterwards who looked."""
        now = self.clock.at
        is_called = life.called is not None and now - life.called < CALLED and name in self.town.members
        needs: list[Any] = []
        reasons = set() if is_called and not life.silent else {"no_alert"}
        if refusal(reasons, lambda: needs.append(emergency.need(self.people[name], life.key))):
            return
        found = needs[0]
        is_shown = life.state not in ENDED and bool(life.spot)
        assert (found.over, found.lon is not None) == (life.state in ENDED, is_shown)
        assert found.own == (name == life.person)
        if is_shown:
            assert (found.lon, found.lat) == PLACES[life.spot][0]
            if not found.own:
                self.looks(life, name)

    def looks(self, life: FarLife, name: str) -> bool:
        """Whether it is a new look, and not the same one still."""
        now = self.clock()
        same = [one for one in life.looks if one[0] == name and one[2] >= now - LOOK]
        for one in same:
            one[2] = now
        if not same:
            life.looks.append([name, now, now])
        return not same

    # --- who watches, who comes, what everybody may ask ---

    def operator_reads(self, name: str) -> None:
        post = self.town.posts[STAFF[name][0]]
        is_any = all(one.area for one in self.town.posts.values())
        seen = {
            one.key for one in self.lives
            if one.goes_on and (
                covers(post.area, one.area) or (is_any and one.called_home) or one.owner == name
            )
        }  # fmt: skip
        assert {one.alert.pk for one in emergency.board(self.people[name])} == seen
        assert emergency.called(self.people[name]) == {one.key for one in self.lives if name in one.calls}

    def crews_read(self) -> None:
        for name, unit in self.town.units.items():
            row = self.rows[name]
            row.refresh_from_db()
            told = (row.state, row.heard_at is not None, bool(row.sealed), row.ended_at is not None)
            assert told == (unit.state, unit.heard is not None, unit.placed is not None, unit.ended), name

    def public_reads(self, turn: int) -> None:
        place, area = list(PLACES.values())[turn // 3 % len(PLACES)]
        assert emergency.watched_at(*place) == self.town.watched(area)

    # --- whom mails and phones told ---

    def phones_read(self) -> None:
        calls = dict(GroupCall.objects.values_list("pk", "alert"))
        sent = {one.pk: (one.alert_id.hex, one.unit.call_sign) for one in Sending.objects.select_related("unit")}
        found = []
        for key, is_gone in Push.objects.order_by("pk").values_list("key", "error"):
            kind, about, *rest = key.split("/")
            if kind == "duty":
                found.append((kind, about, rest[0], bool(is_gone)))
            elif kind == "unit":
                found.append((kind, *sent[int(about)], bool(is_gone)))
            elif int(about) in calls:  # else its person has left the neighbourhood
                found.append((kind, calls[int(about)].hex, "", bool(is_gone)))
        told = [one for one in self.told if one.kind != "group" or one.life.called]
        assert sorted(found) == sorted((one.kind, one.life.key.hex, one.about, one.gone) for one in told)
        mails = Relay.objects.filter(to="mail").count() + Message.objects.filter(key__regex="^(group|unit)/").count()
        assert mails == len(self.town.mails)

    def phones_are_told(self) -> None:
        """What is true no longer is taken back; then who has to know is told, each thing once."""
        now = self.clock.at
        for one in self.told:
            if now - one.at > YOUNG and not self.is_true(one):
                one.gone = True
        for life in self.lives:
            if life.phoned < life.rounds:
                if life.step_at is not None and life.goes_on and self.concerns_budi(life):
                    self.told.append(Told("duty", life, str(life.rounds), now))
                life.phoned = life.rounds
            if not life.is_told:
                life.is_told = True
                young = life.called is not None and now - life.called < HURRIES
                if young and life.state not in ENDED and "tetangga" in self.town.members:
                    self.told.append(Told("group", life, "", now))
        emergency.tell_phones()

    def concerns_budi(self, life: FarLife) -> bool:
        is_seen = "near" in {one.name for one in life.sees}
        rules = self.town.posts[life.post].rules[: life.steps]
        return ("budi" in life.calls and is_seen) or (life.post == "near" and any(to == "mail" for _at, to in rules))

    def is_true(self, told: Told) -> bool:
        life = told.life
        if told.kind == "duty":
            may_answer = "near" in {life.post, *(one.name for one in life.sees)}
            return may_answer and life.step_at is not None and life.goes_on
        if told.kind == "unit":
            return told.about in life.sent and life.sent[told.about].at == told.at
        return life.state not in ENDED and life.called is not None and "tetangga" in self.town.members
