"""What others do in the random lives of alerts: neighbours, consoles that open and close, and other instances."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from kentongan import community, emergency
from kentongan.community.neighbours import GroupCall
from kentongan.emergency.abroad import taking
from kentongan.emergency.models import Alert
from kentongan.emergency.stays import Stay as StayRow
from kentongan.network.models import Peer as PeerRow
from tests.emergency.asides import Asides
from tests.emergency.far_life import FarLife
from tests.emergency.life import ENDED, Stay
from tests.emergency.lives import NEIGHBOURS
from tests.emergency.town import OPERATORS, PLACES, STAFF, Peer

NEAR = ("tetangga", "satpam", "tetangga", "warga", "lewat")
MODES = ["watched", "unwatched", "down", "down", "later", "refused"]
LIVE = {"asking", "held", "leaving"}
CALLED_OFF = timedelta(days=2)  # alerts that are no older are called off where their person leaves
# What an operator at another instance does: step, state, whether they have it, who is on the way, the result.
STEPS = (
    ("acknowledged", "acknowledged", True, "", ""), ("acknowledged", "acknowledged", True, "", ""),
    ("set_out", "on_the_way", True, "Unit 3", ""), ("arrived", "there", True, "", ""),
    ("released", "received", False, "", ""), ("closed", "closed", False, "", "helped"),
    ("doubted", "acknowledged", True, "", ""), ("acknowledged", "cancelled", True, "", ""),
)  # fmt: skip
# Which letters an instance may write, by where the phone is.
THEIRS = {
    "out": ["step"] * 6 + ["message", "look", "cancelled", "positions"],
    "in": ["step", "step", "cancelled", "duress", "duress", "withdrawn", "wrong_code", "positions", "forget", "alert",
           "look"],
}  # fmt: skip
OF_RIGHT = {
    "out": {"step", "message", "look"},
    "in": {"step", "message", "cancelled", "duress", "withdrawn", "wrong_code", "positions", "forget", "alert"},
}
AFTERWARDS = {"alert", "look", "forget"}


class Others(Asides):
    """The rules."""

    # --- neighbours ---

    def a_neighbour_acts(self, which: int, step: int, how: int, who: int) -> None:
        name = NEAR[who % len(NEAR)]
        called = [one for one in self.lives if one.called] or self.lives
        if step % 6 == 5 or not called:
            self.leaves_or_comes(name)
        elif step % 6 == 4:
            self.has_the_page_open(name)
        elif step % 6 == 3 or not called[0].called:
            self.neighbour_reads(called[which % len(called)], name)
        else:
            self.neighbour_answers(called[which % len(called)], name, ("going", "there", "going", "x")[how % 4])

    def neighbour_answers(self, life: FarLife, name: str, what: str) -> None:
        if not life.called:
            return
        key = GroupCall.objects.get(alert=life.key).pk
        reasons = set() if name in self.town.members else {"no_group"}
        reasons |= {"bad_answer"} if what == "x" else set()
        if self.tries(reasons, lambda: community.answer(self.people[name], self.group.pk, key, what), life):
            life.answers[name.title()] = what
            self.hold(life)

    def leaves_or_comes(self, name: str) -> None:
        """Who leaves is called for there no longer, and takes their answers along."""
        members, person = self.town.members, self.people[name]
        if name not in NEIGHBOURS:
            return
        if name not in members:
            community.join(person, community.invitation(self.group))
            members.append(name)
        elif len(members) > 1:
            community.leave(person, self.group.pk)
            emergency.call_off(person, self.group.pk)
            members.remove(name)
            self.town.heard.pop(name, None)
            for life in self.lives:
                life.answers.pop(name.title(), None)
                if life.person == name and life.called and self.clock.at - life.created < CALLED_OFF:
                    life.called, life.is_told, life.answers = None, True, {}
        self.hold(readers=2)

    def has_the_page_open(self, name: str) -> None:
        community.beat(self.people[name])
        if name in self.town.members:
            self.town.heard[name] = self.clock.at

    # --- consoles ---

    def a_console_opens_or_closes(self, _which: int, step: int, _how: int, who: int) -> None:
        owners = [one.owner for one in self.lives if one.owner and one.goes_on]
        names = [*owners[-1:] * 6, *OPERATORS, "viewer", "lewat"]
        name = names[who % len(names)]
        if step % 5 < 3 and name in OPERATORS:
            self.laptop(name, name in self.town.asleep)
        else:
            self.duty(name, "near" if step % 5 == 4 else STAFF.get(name, ("wide", 0))[0])

    def laptop(self, name: str, opens: bool) -> None:
        """One that is closed beats no more."""
        if opens:
            self.town.asleep.discard(name)
            emergency.beat(self.people[name])
            if name in self.town.turns:
                self.town.turns[name] = self.clock.at
        else:
            self.town.asleep.add(name)

    def duty(self, name: str, post: str) -> None:
        """Somebody goes off duty, or on: what nobody has at a post sounds at once for whoever comes."""
        own, rank = STAFF.get(name, ("", 0))
        person, where = self.people[name], self.watches[post].pk
        if name in self.town.turns and post == own:
            assert emergency.end_duty(person, where) == 1
            del self.town.turns[name]
        elif self.tries(
            set() if rank >= 2 and post == own else {"not_your_post"}, lambda: emergency.begin_duty(person, where)
        ):
            self.town.goes_on_duty(name)
        self.hold(*self.lives)

    # --- other instances ---

    def another_instance_acts(self, which: int, step: int, how: int, who: int) -> None:
        """It is away, has nobody on duty, refuses, or answers as ever; or says something."""
        shared = [(one, name) for one in reversed(self.lives) for name in one.stays]
        if not shared or how % 4 == 3:
            there = self.town.peers["jabar" if step % 3 == 2 else "bali"]
            there.mode = MODES[step % len(MODES)] if there.mode == "watched" else "watched"
            return
        life, name = shared[which % len(shared)]
        kinds = THEIRS[life.stays[name].side]
        self.other_says(life, name, kinds[(how + who) % len(kinds)], step, who % 8 != 7)

    def other_says(self, life: FarLife, name: str, kind: str, how: int, is_new: bool) -> None:
        if not name:
            return
        there, stay, step = self.town.peers[name], life.stays[name], STEPS[how % len(STEPS)]
        said = self.letter(there, kind, step)
        self.number = max(self.number + 1, int(self.clock.time() * 1000))
        row = StayRow.objects.get(alert=life.key, peer=name)
        said["number"] = self.number if is_new else row.taken
        result = taking.take(PeerRow.objects.get(pk=name), life.key, [said])
        assert result["status"] == "taken"
        may = kind in OF_RIGHT[stay.side] and (stay.state in LIVE or kind in AFTERWARDS)
        assert ("bad" in result) == (is_new and not may), (kind, result)
        if is_new and may:
            self.is_heard(life, there, stay, kind, said)
        stay.heard = self.clock.at
        self.hold(*([life] if not life.forgotten else []))
        self.all_is_somebodys()

    def letter(self, there: Peer, kind: str, step: Any) -> dict[str, Any]:
        at, place = self.clock.at.isoformat(), PLACES["street"][0]
        spots = [{"lon": place[0], "lat": place[1], "accuracy": 9, "at": at}]
        named, state, has, unit, result = step
        owner = f"Wayan ({there.post})" if has else ""
        more: dict[str, Any] = {
            "step": {"step": named, "state": state, "owner": owner, "by": "Wayan", "unit": unit, "result": result},
            "message": {"key": str(uuid4()), "text": "Kami datang", "actor": "operator", "by": "Wayan"},
            "look": {"id": uuid4().hex, "by": owner or "Wayan", "until": at}, "duress": {"duress": True, "code": True},
            "withdrawn": {"to": there.title}, "positions": {"spots": spots},
            "alert": {"area": PLACES["street"][1], "name": "Warga", "sender": "ab", "spots": spots},
        }.get(kind, {})  # fmt: skip
        return {"type": "cancelled" if kind == "duress" else kind, "at": at, **more}

    def is_heard(self, life: FarLife, there: Peer, stay: Stay, kind: str, said: dict[str, Any]) -> None:
        """What the letter does."""
        if kind == "step":
            (life.hears_step if stay.side == "out" else life.hears_their_step)(there, stay, said)
        elif kind == "message":
            life.messages.append(("", self.clock()))
        elif kind == "look":
            life.looks.append([there.name, self.clock.at, self.clock.at])
        elif kind in {"cancelled", "duress"} and life.state not in ENDED:
            life.cancel(kind == "duress", kind == "duress")
        elif kind == "wrong_code":
            life.say("wrong_code")
        elif kind == "withdrawn":
            stay.state = "over"
            if life.goes_on:
                life.result = "handed_on"
                life.say("closed", "closed", note=said["to"])
        elif kind == "forget" and not life.goes_on:
            self.is_forgotten(life)
        elif kind == "alert":
            self.is_opened_again(life, stay)

    def is_opened_again(self, life: FarLife, stay: Stay) -> None:
        """The phone came back, or what was told before was lost there."""
        was_over, stay.state = stay.state == "over", "held"
        if not was_over and life.goes_on:
            if life.owner:
                stay.letters.append("step")
            return
        life.owner, life.owner_away, life.result, life.steps, life.called_from = "", "", "", 0, self.clock()
        life.post = self.town.first_awake(self.town.covering(life.area))
        life.say("asked_again", "received", told=False)  # who asks knows it
        life.call()

    def opens_from_there(self, name: str) -> FarLife:
        """An alert whose phone is another instance's: its place is ours."""
        there, life = self.town.peers[name], FarLife(uuid4(), self.town, "")
        self.number = max(self.number + 1, int(self.clock.time() * 1000))
        said = {**self.letter(there, "alert", STEPS[0]), "number": self.number}
        assert taking.take(PeerRow.objects.get(pk=name), life.key, [said])["status"] == "taken"
        now = self.clock()
        life.created, life.called_from, life.area, life.spot = now, now, PLACES["street"][1], "street"
        life.post = self.town.first_awake(self.town.covering(life.area))
        self.town.lives.append(life)
        life.say("received", "received")
        life.stays[name] = Stay("in", now, now, "held")
        self.far.known.add((name, str(life.key)))
        life.call()
        return life

    def begins(self, kind: str) -> FarLife:
        if kind == "guest":
            return self.opens_from_there("bali")
        return self.drills() if kind == "drill" else self.press(kind)

    def drills(self) -> FarLife:
        """A drill is told to nobody outside."""
        row = emergency.begin_exercise(self.people["budi"], self.watches["near"])
        life = FarLife(row.pk, self.town, "", area="31.71", drill=True, post="near")
        life.created = life.called_from = self.clock()
        self.town.lives.append(life)
        life.say("exercise", "received", "budi")
        life.call()
        return life

    def row_of(self, life: FarLife) -> Alert:
        return Alert.objects.get(pk=life.key)
