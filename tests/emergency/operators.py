"""What operators and units do with the alerts of the random lives, and what each step must do."""

from __future__ import annotations

from kentongan import emergency
from tests.emergency.far_life import FarLife
from tests.emergency.life import RESULTS, Sent
from tests.emergency.others import Others
from tests.emergency.readers import Told
from tests.emergency.town import OPERATORS, PLACES, Crew

# What an operator can do with an alert, by where it stands and whether somebody has it: mostly what leads on.
ALWAYS = ("notes", "has_it_open", "has_it_open")
FITTING = {
    ("received", False): ("acknowledges",) * 6,
    ("acknowledged", True): (*("sends_a_unit",) * 5, "says_who_is_on_the_way", "says_who_is_on_the_way",
                             "says_that_help_is_there", "gives_it_back", "takes_over", "takes_over", "closes"),
    ("on_the_way", True): ("sends_a_unit", "sends_a_unit", "says_who_is_on_the_way", "says_who_is_on_the_way",
                           "says_that_help_is_there", "takes_over", "takes_over", "closes", "answers_for_the_radio"),
    ("on_the_way", False): ("acknowledges", "takes_over", "takes_over", "sends_a_unit"),
    ("there", True): ("sends_a_unit", "takes_over", "closes", "answers_for_the_radio"),
    ("there", False): ("acknowledges", "takes_over", "takes_over"),
    ("cancelled", False): ("doubts", "doubts", "closes", "acknowledges"),
    ("cancelled", True): ("doubts", "closes", "sends_a_unit", "sends_a_unit", "acknowledges"),
    ("closed", True): ("doubts", "closes", "acknowledges"),
}  # fmt: skip
STEPS = sorted({*ALWAYS, *(one for steps in FITTING.values() for one in steps)})
NAMES = (*("apt",) * 11, *OPERATORS, "viewer", "lewat")
CREWS = (*("apt",) * 12, "awak", "supir", "budi")
LEADERS = ("lead", "lead", "budi", "lead", "viewer", "lain", "pusat")
WORDS = {0: "", 1: " "}
RADIO = ("takes", "takes", "cannot", "there", "left", "recalled", "recalled", "recalled", "x")


class Operators(Others):
    """The steps."""

    def an_operator_acts(self, which: int, step: int, how: int, who: int) -> None:
        """Mostly somebody who may, and what can be done with an alert as it stands, or all would be refused."""
        life = self.any_life(which)
        if life is not None:
            has_it = bool(life.owner) or life.state == "closed"
            fitting = (*FITTING.get((life.state, has_it), ("acknowledges",)), *ALWAYS[: 1 + how % 3])
            steps = STEPS if who % 7 == 6 else fitting
            getattr(self, steps[step % len(steps)])(life, self.who(NAMES[who % len(NAMES)], life), how)

    def acknowledges(self, life: FarLife, name: str, _how: int = 2) -> None:
        reasons = set() if life.post_of(name) else {"no_alert"}
        is_mine, forced = life.owner == name, life.duress and life.state == "cancelled"
        if not is_mine:
            reasons |= {"owned"} if life.owner or life.owner_away else set()
            reasons |= {"wrong_state"} if life.state in {"closed", "cancelled"} and not forced else set()
        if self.tries(reasons, lambda: emergency.acknowledge(life.key, self.people[name]), life):
            if not is_mine:
                self.town.goes_on_duty(name)
                life.own(name, "acknowledged", "acknowledged" if life.state == "received" else life.state)
            self.hold(life)

    def takes_over(self, life: FarLife, name: str, how: int = 2) -> None:
        reason = WORDS.get(how, "Ada yang lebih dekat")
        if name == life.owner and how % 4:
            name = next((one for one in self.able(life) if one != name), name)
        reasons = (set() if life.post_of(name) else {"no_alert"}) | life.may("take_over")
        reasons |= set() if reason.strip() else {"missing_reason"}
        reasons |= {"owned"} if life.owner_away and life.away else set()
        if self.tries(reasons, lambda: emergency.take_over(life.key, self.people[name], reason), life):
            self.town.goes_on_duty(name)
            life.own(name, "taken_over", life.state, life.owner)
            self.hold(life)

    def gives_it_back(self, life: FarLife, name: str, _how: int = 2) -> None:
        reasons = life.owning(name) | life.may("release")
        if self.tries(reasons, lambda: emergency.release(life.key, self.people[name]), life):
            life.put_back("given_back")
            self.hold(life)
            self.all_is_somebodys()

    def says_who_is_on_the_way(self, life: FarLife, name: str, how: int = 2) -> None:
        unit, minutes = "" if how == 0 else "Ambulans 3", 5 if how % 2 else None
        reasons = life.owning(name) | life.may("set_out") | (set() if unit else {"missing_unit"})
        if self.tries(reasons, lambda: emergency.set_out(life.key, self.people[name], unit, minutes), life):
            life.by_hand, life.hand_eta = unit, bool(minutes)
            life.say_who_comes()
            life.say("set_out", "on_the_way", name)
            self.hold(life)

    def says_that_help_is_there(self, life: FarLife, name: str, _how: int = 2) -> None:
        reasons = life.owning(name) | life.may("arrive")
        if self.tries(reasons, lambda: emergency.arrive(life.key, self.people[name]), life):
            life.hand_eta = False
            life.say_who_comes()
            life.say("arrived", "there", name)
            self.hold(life)

    def closes(self, life: FarLife, name: str, how: int = 2) -> None:
        results = (*RESULTS * 5, "exercise", "unanswered", "handed_on", "x")
        result = results[how % len(results)]
        reasons = life.owning(name) if life.goes_on else set() if life.post_of(name) else {"no_alert"}
        good = result in RESULTS or (result == "exercise" and life.drill)
        reasons |= life.may("close") | (set() if good else {"bad_result"})
        if self.tries(reasons, lambda: emergency.close(life.key, self.people[name], result, "Selesai"), life):
            life.result = result
            life.say("closed", "closed", name)
            self.hold(life)

    def doubts(self, life: FarLife, name: str, how: int = 2) -> None:
        reason = WORDS.get(how, "Suaranya lain")
        reasons = (set() if life.post_of(name) else {"no_alert"}) | life.may("doubt")
        reasons |= (set() if reason.strip() else {"missing_reason"}) | ({"wrong_state"} if life.duress else set())
        if self.tries(reasons, lambda: emergency.doubt(life.key, self.people[name], reason), life):
            self.town.goes_on_duty(name)
            life.say_who_comes()
            life.own(name, "doubted", "acknowledged")
            self.hold(life)

    def notes(self, life: FarLife, name: str, how: int = 2) -> None:
        words = WORDS.get(how, "Pintu belakang")
        reasons = (set() if life.post_of(name) else {"no_alert"}) | (set() if words.strip() else {"missing_words"})
        if self.tries(reasons, lambda: emergency.note(life.key, self.people[name], words), life):
            life.say("noted", who=name)
            self.hold(life)

    def has_it_open(self, life: FarLife, name: str, _how: int = 2) -> None:
        """Who looks at the place is noted, and its person reads it."""
        reasons = set() if life.post_of(name) else {"no_alert"}
        if self.tries(reasons, lambda: emergency.look(self.row_of(life), self.people[name]), life):
            if self.looks(life, name):
                life.write("look", "in")
            self.hold(life)

    # --- units ---

    def sends_a_unit(self, life: FarLife, name: str, how: int = 3) -> None:
        crew = self.town.units["Gegana 1" if how % 3 else "Mobil 2"]
        reasons = life.owning(name) | (set() if life.goes_on else {"wrong_state"})
        other = self.going(crew)
        if not life.is_offered(crew, name):
            reasons.add("no_unit")
        elif other is not None and other is not life:
            reasons.add("unit_busy")
        elif crew.state == "off" and other is None:
            reasons.add("unit_off")
        key = self.rows[crew.name].pk
        if self.tries(reasons, lambda: emergency.send_unit(life.key, self.people[name], key), life):
            if crew.name not in life.sent:
                life.sent[crew.name] = Sent(self.clock(), life.reach(crew))
                life.say("sent", who=name, note=crew.name)
                self.is_sent(life, crew)
            self.hold(life)

    def is_sent(self, life: FarLife, crew: Crew) -> None:
        """Its people are told, by mail and on their phones."""
        self.town.mails.append(f"{crew.name} sent")
        if crew.member == "awak":
            self.told.append(Told("unit", life, crew.name, life.sent[crew.name].at))

    def answers_for_the_radio(self, life: FarLife, name: str, how: int = 2) -> None:
        """The operator writes down what a unit said by radio, or calls it back."""
        what, names = RADIO[how % len(RADIO)], [*life.sent, "Gegana 1"]
        unit = names[how // len(RADIO) % len(names)]
        crew, sent = self.town.units[unit], life.sent.get(unit)
        reasons = life.owning(name) | (set() if sent else {"sending_over"}) | ({"bad_state"} if what == "x" else set())
        key = self.sending(unit)
        if self.tries(reasons, lambda: emergency.radio(life.key, self.people[name], key, what), life) and sent:
            is_known = (what == "takes" and sent.takes) or (what == "there" and sent.there)
            sent.by_radio = sent.by_radio or (what != "recalled" and not is_known)
            if what == "takes" and not sent.takes:
                life.take(crew, name)
            elif what == "there":
                life.arrive(crew, name)
            elif what == "cannot":
                life.refuse(crew, name)
            elif what in {"left", "recalled"}:
                life.leave(crew, name, what)
            self.hold(life)
            self.all_is_somebodys()

    def going(self, crew: Crew) -> FarLife | None:
        return next((one for one in self.lives if crew.name in one.sent), None)

    def sending(self, unit: str) -> int:
        found = self.rows[unit].sendings.order_by("-pk").first()
        return found.pk if found else 0

    def a_unit_acts(self, which: int, step: int, how: int, who: int) -> None:
        """Mostly what leads on: it takes what it was sent to, is heard, is there, leaves."""
        sent_ones = [name for one in self.lives for name in one.sent]
        unit = sent_ones[which % len(sent_ones)] if sent_ones and who % 5 else ("Gegana 1", "Mobil 2")[which % 2]
        sent = next((one.sent[unit] for one in self.lives if unit in one.sent), None)
        if sent is None:
            acts = ("off", "available", "available", "busy", "placed", "placed", "heard", "x", "takes", "available")
        elif not sent.takes:
            acts = ("takes", "takes", "takes", "takes", "takes", "cannot", "radio", "radio", "off", "placed", "there")
        else:
            acts = (
                "there", "there", "placed", "placed", "heard", "cannot", "available", "off", "busy", "radio", "radio",
                "on_the_way", "takes",
            )  # fmt: skip
        self.acts(unit, acts[step % len(acts)], CREWS[who % len(CREWS)], how)

    def acts(self, unit: str, act: str, name: str = "apt", how: int = 0) -> None:
        crew = self.town.units[unit]
        life = self.going(crew)
        name = crew.member if name == "apt" else name
        if act == "radio":
            if life is not None:
                self.answers_for_the_radio(life, self.who("apt", life), how)
        elif act in {"takes", "cannot"}:
            self.answers(life, crew, name, act == "takes")
        elif act in {"placed", "heard"}:
            self.is_heard_of(life, crew, act == "placed")
        else:
            self.says_how_it_is(life, crew, name, act)

    def not_of_it(self, crew: Crew, name: str) -> set[str]:
        return set() if name == crew.member and not crew.ended else {"no_unit"}

    def answers(self, life: FarLife | None, crew: Crew, name: str, takes: bool) -> None:
        reasons = self.not_of_it(crew, name) | (set() if life else {"sending_over"})
        key = self.sending(crew.name)

        def do() -> None:
            row = emergency.my_unit(self.people[name], self.rows[crew.name].pk)
            emergency.answer(row, self.people[name], key, takes)

        if self.tries(reasons, do, life) and life:
            if takes and not life.sent[crew.name].takes:
                life.take(crew, name)
            elif not takes:
                life.refuse(crew, name)
            self.hold(life)
            self.all_is_somebodys()

    def says_how_it_is(self, life: FarLife | None, crew: Crew, name: str, state: str) -> None:
        reasons = self.not_of_it(crew, name) | ({"bad_state"} if state == "x" else set())

        def do() -> None:
            row = emergency.my_unit(self.people[name], self.rows[crew.name].pk)
            emergency.report(row, self.people[name], state)

        if self.tries(reasons, do, life):
            takes = bool(life and life.sent[crew.name].takes)
            if life and takes and state == "there":
                life.arrive(crew, name)
            elif life and takes and state != "on_the_way":
                life.leave(crew, name, "left")
            elif life and not takes and state == "off":
                life.refuse(crew, name)
            crew.since = self.clock.at if crew.state != state else crew.since
            crew.state, crew.heard = state, self.clock.at
            crew.placed = None if state == "off" else crew.placed
            self.hold(*([life] if life else []))
            self.all_is_somebodys()

    def is_heard_of(self, life: FarLife | None, crew: Crew, placed: bool) -> None:
        """Its phone answers, or says where it is: whoever waits for it reads the time anew."""
        reasons = {"off_duty"} if placed and (crew.state == "off" or crew.ended) else set()
        lon, lat = PLACES["east"][0]

        def do() -> None:
            if placed:
                emergency.hear(self.rows[crew.name], {"lon": lon, "lat": lat, "accuracy": 9, "age": 0})
            else:
                emergency.beat_unit(self.rows[crew.name])

        if self.tries(reasons, do):
            crew.heard = self.clock.at
            crew.placed = self.clock.at if placed else crew.placed
            if life:
                self.is_waited_for(life, crew, placed)
                self.hold(life)

    def is_waited_for(self, life: FarLife, crew: Crew, placed: bool) -> None:
        sent = life.sent[crew.name]
        is_going = sent.takes and not sent.there
        if sent.silent and (is_going or not placed):
            sent.silent = False
            life.say_who_comes()
            life.say("unit_heard", note=crew.name)
        if placed and is_going and life.reach(crew):
            sent.eta = life.reach(crew) == "near"
            life.say_who_comes()

    def who_leads_a_post_acts(self, _which: int, step: int, how: int, who: int) -> None:
        """Who leads the post of a unit changes it, or takes it away."""
        unit, name, ends = ("Gegana 1", "Mobil 2")[step % 5 == 4], LEADERS[who % len(LEADERS)], how % 4 == 3
        crew, row = self.town.units[unit], self.rows[unit]
        leads = name == "lead" and crew.post == "near"
        reasons = (set() if leads else {"not_your_post"}) | ({"no_unit"} if crew.ended else set())
        post, area = self.watches[crew.post].pk, "31.71.02" if crew.area == "31.71" else "31.71"
        member = str(self.people[crew.member].pk)
        given = {"call_sign": unit, "kind": "other", "area": area}
        if ends:
            reasons |= {"unit_busy"} if self.going(crew) else set()
            if self.tries(reasons, lambda: emergency.end_unit(self.people[name], post, row.pk)):
                crew.ended, crew.state, crew.placed = True, "off", None
        elif self.tries(reasons, lambda: emergency.keep_unit(self.people[name], post, given, [member], row.pk)):
            crew.area = area
        self.hold(readers=1)
