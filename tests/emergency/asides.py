"""What goes on around the operators' steps: what its person does, with codes and timers; and time goes by.

Each is tried by whoever comes, as the steps of `test_life.py`, with a model of its own beside them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from kentongan import emergency
from kentongan.emergency import keeping, timers
from kentongan.emergency.models import Alert, Duty, Timer
from kentongan.emergency.states import Actor
from kentongan.emergency.stays import Line as LineTo
from kentongan.foundation.problems import Problem
from tests.emergency.far_life import FarLife, deliver
from tests.emergency.life import CALLED, ENDED, UNANSWERED, YOUNG
from tests.emergency.lives import CODE, FORCED, MOST, PRESSES
from tests.emergency.readers import Readers
from tests.emergency.town import PLACES

# No sum of some of these is a number of seconds that a rule names.
SECONDS = (65.9, 16.7, 33.1, 130.3, 16.7, 33.1, 65.9, 130.3, 8.3, 190.7, 700.7, 4000.3)
DAYS = (3.1, 3.1, 7.3, 33.3)
CODES = (CODE, FORCED, FORCED, "0000", CODE, "", FORCED)
PHONES = ("claim", "account", "claim", "claim", "account", "claim", "lewat")
# What its person does, by whether it has ended.
GOING = ("cancels", "cancels", "cancels", "moves", "moves", "moves", "moves", "writes", "sends_again")
OVER = ("cancels", "moves", "writes", "sends_again", "chooses")
KEPT = timedelta(days=30)
MOST_TIMERS = 2


@dataclass
class Clocked:
    """A timer as it must be."""

    key: UUID
    token: str
    person: str
    due: datetime
    place: str
    ended: datetime | None = None
    alert: UUID | None = None


class Asides(Readers):
    """The rules."""

    timers: list[Clocked]

    # --- time ---

    def time_goes_by(self, _which: int, step: int, _how: int, _who: int) -> None:
        self.waits(SECONDS[step % len(SECONDS)])

    def waits(self, seconds: float) -> None:
        """The worker does what is due."""
        self.clock.at += timedelta(seconds=seconds)
        self.goes_by()
        self.hold(*self.lives)

    def days_go_by(self, _which: int, step: int, _how: int, _who: int) -> None:
        """What nobody answers is closed, and what was kept long enough is deleted."""
        self.clock.at += timedelta(days=DAYS[step % len(DAYS)])
        self.goes_by()
        keeping.sweep_alerts()
        self.sweeps()
        self.hold(*self.lives)

    def goes_by(self) -> None:
        self.consoles_beat()
        emergency.alert_due()
        for timer in sorted((one for one in self.timers if not one.ended), key=lambda one: one.due):
            if timer.due <= self.clock.at:
                self.runs_out(timer)
        self.nobody_has_what_is_silent()
        emergency.release_silent()
        for life in self.lives:
            if life.step_at is not None and life.step_at <= self.clock.at:
                if life.owner or life.owner_away or not life.goes_on:
                    life.step_at = None
                else:
                    life.call()
        emergency.call_due()
        self.units_are_watched()
        emergency.watch_units()
        self.phones_are_told()
        LineTo.objects.update(due_at=None)
        deliver(self.town)
        emergency.deliver_all(1)
        self.all_is_somebodys()

    def consoles_beat(self) -> None:
        awake = [one for one in self.town.turns if one not in self.town.asleep]
        Duty.objects.filter(person__in=[self.people[one] for one in awake], until=None).update(beat_at=self.clock.at)
        self.town.turns.update(dict.fromkeys(awake, self.clock.at))

    def nobody_has_what_is_silent(self) -> None:
        for life in self.lives:
            if (life.goes_on and life.owner and not self.town.is_awake(life.owner)) or life.is_nobodys:
                life.put_back("owner_silent")

    def units_are_watched(self) -> None:
        now = self.clock.at
        for life in self.lives:
            late = [
                name for name, one in life.sent.items()
                if not (one.takes or one.late or one.by_radio) and now - one.at > timedelta(seconds=60)
            ]  # fmt: skip
            life.watch_units("unit_unanswered", late)
        for life in self.lives:
            quiet = [
                name for name, one in life.sent.items()
                if one.takes and not (one.there or one.silent or one.by_radio) and self.is_quiet(name)
            ]  # fmt: skip
            life.watch_units("unit_silent", quiet)

    def is_quiet(self, name: str) -> bool:
        heard = self.town.units[name].heard
        return heard is None or self.clock.at - heard > timedelta(minutes=2)

    def sweeps(self) -> None:
        now = self.clock.at
        for name, heard in list(self.town.turns.items()):
            if now - heard > timedelta(minutes=15):
                del self.town.turns[name]
        for unit in self.town.units.values():
            is_idle = not any(unit.name in one.sent for one in self.lives)
            is_old = (unit.heard is None or now - unit.heard > YOUNG) and now - unit.since > YOUNG
            if is_idle and is_old and unit.state != "off":
                unit.state, unit.placed = "off", None
            if unit.placed and now - unit.placed > YOUNG:
                unit.placed = None
        self.timers = [one for one in self.timers if one.ended is None or now - one.ended < CALLED]
        for life in self.lives:
            is_nobodys = life.ended is None and not life.owner and not life.owner_away
            if is_nobodys and now - life.created > UNANSWERED and now - life.called_from > UNANSWERED:
                life.result = "unanswered"
                life.say("lapsed", "closed")
            if life.ended and now - life.ended > KEPT:
                self.is_forgotten(life)

    def is_forgotten(self, life: FarLife) -> None:
        """Nothing is left of who it was, where, and what was said."""
        life.forgotten = True
        for stay in life.stays.values():
            is_told = stay.side == "out" and stay.state in {"asking", "held", "leaving"}
            stay.state, stay.letters = "over", ["forget"] if is_told else []
        row = Alert.objects.get(pk=life.key)
        assert row.forgotten_at is not None
        assert (row.person, row.sender, row.claim_digest, row.caller, row.unit, row.owner_away) == (
            None,
            "",
            "",
            "",
            "",
            "",
        )
        left = row.positions.count(), row.messages.count(), row.entries.exclude(words="").count()
        assert left == (0, 0, 0)
        assert len(row.area_code) <= 5

    # --- its person ---

    def somebody_presses(self, _which: int, step: int, _how: int, _who: int) -> None:
        if len(self.town.lives) < MOST:
            self.hold(self.press(sorted(PRESSES)[step % len(PRESSES)]))

    def its_person_acts(self, which: int, step: int, how: int, who: int) -> None:
        life, phone = self.any_life(which), PHONES[who % len(PHONES)]
        if life is not None:
            steps = OVER if life.state in ENDED else GOING
            getattr(self, steps[step % len(steps)])(life, phone, how)

    def cancels(self, life: FarLife, phone: str, how: int | str) -> None:
        """Now and then somebody tries a code until no more are taken."""
        code = how if isinstance(how, str) else CODES[how % len(CODES)]
        reasons, opens = self.opened(life, phone)
        person, _claim = self.as_phone(life, phone)
        who = self.name(person.pk) if person else ""
        for _each in range(11 if code in {"0000", ""} and isinstance(how, int) and how % 3 == 0 else 1):
            meant, forced = self.code_is(life, code) if not reasons and life.state not in ENDED else (set(), False)
            # Without a transaction around it: a wrong code is counted, and told, although it is refused.
            refused = self.refused(lambda: emergency.cancel_with(opens(), person, code))
            assert refused in (reasons or meant or {""}), (refused, reasons, meant)
            if refused == "wrong_code":
                life.say("wrong_code", who=who)
            elif not refused and life.state not in ENDED:
                life.cancel(forced, life.person == "warga", who)
        self.hold(life)

    def moves(self, life: FarLife, phone: str, how: int = 1) -> None:
        place = ("street", "east", "bekasi", "bekasi", "denpasar", "denpasar", "street")[how % 7]
        reasons, opens = self.opened(life, phone)
        reasons |= {"ended"} if life.state in ENDED else set()
        lon, lat = PLACES[place][0]
        spot = {"lon": lon, "lat": lat, "accuracy": 9_000 if how % 8 == 7 else 9, "age": 0}
        if self.tries(reasons, lambda: emergency.add_positions(opens(), spot), life):
            life.goes(place, how % 8 == 7)
            self.hold(life)
            self.all_is_somebodys()

    def writes(self, life: FarLife, phone: str, _how: int = 0) -> None:
        reasons, opens = self.opened(life, phone)
        reasons |= {"ended"} if life.state in ENDED else set()
        if self.tries(reasons, lambda: emergency.say(opens(), emergency.Who(Actor.CALLER), uuid4(), "Tolong"), life):
            life.messages.append(("", self.clock()))
            life.write("message")
            self.hold(life)

    def sends_again(self, life: FarLife, phone: str, _how: int = 0) -> None:
        """It is the same alert, and told to nobody else."""
        person, claim = self.as_phone(life, phone)
        sent = emergency.read_press({"alert_id": str(life.key), "lon": 106.8, "lat": -6.1}, person)
        done: list[Any] = []
        reasons = set() if life.is_of(phone) else {"other_alert"}
        if self.tries(reasons, lambda: done.append(emergency.receive(sent, person, "10.9.9.9", claim)), life):
            assert (done[0].created, done[0].alert.pk) == (False, life.key)
            self.hold(life)

    def chooses(self, life: FarLife, _phone: str, how: int) -> None:
        """Whoever took the phone away has the account too: codes stay as long as an alert or a timer goes on."""
        code, goes_on = (
            ("1111", "12", FORCED)[how % 3],
            any(one.person == "warga" and not one.ended for one in self.timers),
        )
        goes_on |= any(one.person == "warga" and one.state not in ENDED for one in self.lives)
        reasons = {"12": {"bad_code"}, FORCED: {"same_code"}}.get(code, set()) | ({"goes_on"} if goes_on else set())
        if reasons:
            self.tries(reasons, lambda: emergency.choose(self.people["warga"], code, FORCED), life)

    def as_phone(self, life: FarLife, phone: str) -> tuple[Any, str]:
        """Its own phone, a second one with the account, or somebody else."""
        if phone == "claim":
            return None, life.token
        return self.people.get(life.person if phone == "account" else phone), ""

    def opened(self, life: FarLife, phone: str) -> tuple[set[str], Callable[[], Alert]]:
        """Why the phone may not, and how it opens it."""
        person, claim = self.as_phone(life, phone)
        return set() if life.is_of(phone) else {"no_alert"}, lambda: emergency.open_for(life.key, person, claim)

    def refused(self, do: Callable[[], object]) -> str:
        try:
            do()
        except Problem as problem:
            return problem.code
        return ""

    def code_is(self, held: FarLife | Clocked, code: str) -> tuple[set[str], bool]:
        """Why a code is refused, and whether it is the one that only looks as if."""
        if held.person != "warga":
            return set(), False
        if not self.town.may_try(held.person):
            return {"too_many"}, False
        return ({"wrong_code"} if code not in {CODE, FORCED} else set()), code == FORCED

    # --- timers ---

    def a_timer_is_minded(self, which: int, step: int, how: int, who: int) -> None:
        """Begun, put off, answered; or its phone alerts by itself."""
        running = [one for one in self.timers if not one.ended] or self.timers
        timer = running[which % len(running)] if running else None
        if timer is None or (step % 7 == 0 and len(self.timers) < MOST_TIMERS):
            self.begins_a_timer(
                ("warga", "warga", "lewat")[how % 3], ("street", "bekasi", "")[who % 3], (1, 1, 5, 30, 0)[how % 5]
            )
        elif step % 7 in {1, 2}:
            self.ends_it(timer, CODES[how % 7], who % 8 != 7)
        elif step % 7 == 4:
            self.phone_alerts(timer)
        else:
            self.puts_it_off(timer, CODES[how % 7], (1, 30, 60)[who % 3], who % 8 != 7)
        kept = {one.pk: one for one in Timer.objects.all()}
        for one in self.timers:
            row = kept.get(one.key)
            assert row is None or (row.ended_at is not None) == bool(one.ended)
            assert row is None or abs((row.due_at - one.due).total_seconds()) < 0.01

    def begins_a_timer(self, person: str, place: str, minutes: int) -> None:
        timer = Clocked(uuid4(), uuid4().hex, person, self.clock.at + timedelta(minutes=minutes), place)
        said, who = self.said(timer, minutes), self.people[person]
        if self.tries(set() if minutes else {"bad_minutes"}, lambda: timers.begin(said, who, "10.0.0.1", timer.token)):
            self.timers.append(timer)

    def said(self, timer: Clocked, minutes: int, **more: Any) -> dict[str, Any]:
        lon, lat = PLACES[timer.place][0] if timer.place else (None, None)
        return {"timer_id": str(timer.key), "minutes": minutes, "lon": lon, "lat": lat, "text": "Pulang", **more}

    def puts_it_off(self, timer: Clocked, code: str, minutes: int, mine: bool) -> None:
        """Later is to answer, so that it takes the code; sooner is not."""
        due, reasons, forced = self.clock.at + timedelta(minutes=minutes), set() if mine else {"no_alert"}, False
        if mine and timer.ended:
            reasons = {"ended"}
        elif mine and due > timer.due:
            reasons, forced = self.code_is(timer, code)
        said, token = self.said(timer, minutes, code=code), timer.token if mine else uuid4().hex
        refused = self.refused(lambda: timers.begin(said, self.people[timer.person], "10.0.0.1", token))
        assert refused in (reasons or {""}), (refused, reasons)
        if not refused:
            if forced:
                self.is_forced(timer)
            timer.due = due

    def ends_it(self, timer: Clocked, code: str, mine: bool) -> None:
        reasons, forced = set() if mine else {"no_alert"}, False
        if mine and not timer.ended:
            reasons, forced = self.code_is(timer, code)
        refused = self.refused(lambda: timers.end(timer.key, timer.token if mine else uuid4().hex, code))
        assert refused in (reasons or {""}), (refused, reasons)
        if not refused:
            if forced:
                self.is_forced(timer)
            timer.ended = self.clock.at

    def phone_alerts(self, timer: Clocked) -> None:
        """Whoever lets go of the button: phone and server alert by one id, and it is one alert."""
        if not any(one.key == timer.key for one in self.town.lives) and len(self.town.lives) < MOST:
            self.hold(self.press("silent" if timer.person == "warga" else "bekasi", timer.key, timer.token))

    def is_forced(self, timer: Clocked) -> None:
        """Operators are called by an alert of which the phone knows nothing."""
        life = self.by_timer(timer, Alert.objects.exclude(pk__in=[one.key for one in self.town.lives]).get().pk)
        life.forced_timer = True
        life.cancel(True, True, timer.person)
        self.hold(life)

    def runs_out(self, timer: Clocked) -> None:
        """An alert by the timer's id, where that is free; words go to the one that its phone has sent meanwhile."""
        sent = next((one for one in self.town.lives if one.key == timer.key), None)
        timer.ended, timer.alert = self.clock.at, Timer.objects.get(pk=timer.key).alert_id
        goes_on = sent is not None and sent.state not in ENDED
        assert (timer.alert == timer.key) == (sent is None or goes_on)
        if sent is not None and goes_on:
            sent.messages.append((timer.person, self.clock()))
            sent.write("message")
        elif timer.alert:
            self.by_timer(timer, timer.alert)

    def by_timer(self, timer: Clocked, key: UUID) -> FarLife:
        """An alert of where the phone was when the timer was begun."""
        life = FarLife(key, self.town, timer.token, timer.person, silent=True, spot=timer.place)
        life.guessed = timer.person == "lewat" and not timer.place
        area = PLACES[timer.place][1] if timer.place else PLACES["bekasi"][1] if life.guessed else ""
        self.comes(life, area)
        life.messages.append((timer.person, self.clock()))
        life.write("message")
        return life
