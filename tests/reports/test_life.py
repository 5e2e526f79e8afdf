"""Random lives: everybody tries everything with a few reports, and after each step all that was promised holds.

`life.py` says, by hand, what each step must do. A step is refused exactly where the model knows a reason, and then
changes nothing; rows and timelines agree (`audit`); and everybody reads what they may and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

from kentongan import bodies, reports, routing
from kentongan.bodies.models import Membership, Promise, Team
from kentongan.people.models import Person
from kentongan.reports.models import Entry, Report
from kentongan.reports.repeats import BY_ITSELF
from tests.depth import MANY, part
from tests.pictures import picture
from tests.reports.asides import Asides
from tests.reports.life import COLOUR, ENDED, ENDINGS, TABLE, Life
from tests.reports.lives import (
    APT,
    BODIES,
    CITIZENS,
    FRESH,
    HELD_AT,
    MINISTRY,
    PASSERS_BY,
    PRIORITIES,
    PROMISED,
    REGENCY,
    REPORTERS,
    ROADS,
    ROLES,
    STAFF,
    UNCLAIMED,
    WHICH,
    WORDS,
    WORKERS,
)  # fmt: skip
from tests.world import person

WELL = "Sudah kami periksa"
STEPS_TO: dict[str, tuple[str, ...]] = {
    "": (), "resolved": ("resolves",), "resolved a day ago": ("resolves", "a day", "takes back"),
    "rejected": ("rejects",),
    "asked": ("asks",), "asked in vain": ("asks", "a week"),
    "answered and urgent": ("asks", "a day", "answers", "urgent"), "accepted a day ago": ("accepts", "a day"),
    "contested": ("resolves", "contests", "contests too", "contests again"),
    "done again": ("resolves", "contests", "reopens", "resolves"),
    "hidden": ("hides",), "objected": ("hides", "objects"), "objected a month ago": ("hides", "a month", "objects"),
    "split": ("splits",), "split and closed": ("splits", "a part is closed", "a part is solved"),
    "passed on": ("accepts", "transfers"), "asked and moved": ("asks", "a day", "moves"),
}  # fmt: skip


class Lives(Asides):
    """What everybody does with a report."""

    def opens(self, which: int, opening: str) -> None:
        """By the same steps as all that follow, each tried by whoever may."""
        staff = {"which": which, "apt": True, "name": "apt", "text": WELL, "fresh": True}
        work = {key: value for key, value in staff.items() if key != "text"}
        hidden = {"which": which, "name": "admin", "reason": "personal_data", "fresh": True}
        steps: dict[str, Callable[[], None]] = {
            "resolves": lambda: self.resolves(**staff, proof="photo"),
            "accepts": lambda: self.works(**staff, step="accept"),
            "rejects": lambda: self.works(**staff, step="reject"),
            "asks": lambda: self.asks_the_reporter(**staff), "reopens": lambda: self.staff_reopens(**staff),
            "urgent": lambda: self.says_how_pressing_it_is(**work, word="urgent", by_rule=False),
            "contests": lambda: self.contests(which, True, "supporter", WELL, True),
            "contests too": lambda: self.contests(which, True, "neighbour", WELL, True),
            "contests again": lambda: self.contests(which, True, "supporter", "Masih belum", True),
            "a part is closed": lambda: self.works(**staff | {"which": len(self.lives) - 1}, step="reject"),
            "a part is solved": lambda: self.resolves(**staff | {"which": len(self.lives) - 2}, proof="photo"),
            "hides": lambda: self.hides(what="text:0", **hidden),
            "objects": lambda: self.objects(which, "reporter", WELL),
            "splits": lambda: self.splits(**staff, to=(ROADS, MINISTRY)), "moves": lambda: self.it_moves(which),
            "transfers": lambda: self.transfers(**staff, to=MINISTRY),
            "takes back": lambda: self.takes_back(**staff),
            "answers": lambda: self.comments(which, True, "reporter", WELL),
            "a day": lambda: self.time_goes_by(25), "a week": lambda: self.time_goes_by(170),
            "a month": lambda: self.time_goes_by(740),
        }  # fmt: skip
        for step in STEPS_TO[opening]:
            steps[step]()

    # --- steps of staff ---

    @rule(
        which=WHICH,
        apt=APT,
        name=WORKERS,
        text=WORDS,
        fresh=FRESH,
        step=st.sampled_from(["accept", "start", "refer", "reject"]),
    )
    def works(self, which, apt, name, text, fresh, step) -> None:
        life = self.pick(which, step, apt)
        reasons, asks = self.as_staff(life, name, step, text, fresh)

        def do() -> None:
            code, who, seq = asks()
            getattr(reports, step)(code, who, text, expected_seq=seq)

        if self.tries(life, reasons | life.may(step), do):
            kinds = {"accept": "accepted", "start": "started", "refer": "referred", "reject": "rejected"}
            life.step(step, kinds[step], life.body)
            self.holds(life)

    @rule(
        which=WHICH,
        apt=APT,
        name=WORKERS,
        text=WORDS,
        fresh=FRESH,
        proof=st.sampled_from(["photo", "photo", "why", "none"]),
    )
    def resolves(self, which, apt, name, text, fresh, proof) -> None:
        life = self.pick(which, "resolve", apt)
        reasons, asks = self.as_staff(life, name, "resolve", text, fresh)
        photos = [self.new_photo()] if proof == "photo" else []

        def do() -> None:
            code, who, seq = asks()
            why = "Malam hari" if proof == "why" else ""
            reports.resolve(code, who, text, photos=photos, no_photo_reason=why, expected_seq=seq)

        if self.tries(life, reasons | life.may("resolve") | ({"missing_evidence"} if proof == "none" else set()), do):
            life.step("resolve", "resolved", life.body)
            life.pictured |= proof == "photo"
            self.holds(life)

    @rule(
        which=WHICH,
        apt=APT,
        name=WORKERS,
        text=WORDS,
        fresh=FRESH,
        to=st.sampled_from([ROADS, MINISTRY, REGENCY, "nowhere"]),
    )
    def transfers(self, which, apt, name, text, fresh, to) -> None:
        life = self.pick(which, "transfer", apt)
        reasons, asks = self.as_staff(life, name, "transfer", text, fresh)
        reasons |= life.may("transfer") | ({"same_body"} if to == life.body else set())

        def do() -> None:
            code, who, seq = asks()
            reports.transfer(code, who, to, text, expected_seq=seq)

        if self.tries(life, reasons | ({"unknown_body"} if to == "nowhere" else set()), do):
            life.send("transferred", to, self.partners, life.body)
            self.holds(life)

    @rule(which=WHICH, apt=APT, name=WORKERS, text=WORDS, fresh=FRESH)
    def returns(self, which, apt, name, text, fresh) -> None:
        life = self.pick(which, "return", apt)
        reasons, asks = self.as_staff(life, name, "return", text, fresh)
        origin = life.giver()

        def do() -> None:
            code, who, seq = asks()
            reports.give_back(code, who, text, expected_seq=seq)

        if self.tries(life, reasons | life.may("return") | ({"nobody_to_return_to"} if not origin else set()), do):
            life.send("returned", origin, self.partners, life.body)
            self.holds(life)

    @rule(which=WHICH, apt=APT, name=WORKERS, text=WORDS, fresh=FRESH, internal=st.booleans())
    def notes(self, which, apt, name, text, fresh, internal) -> None:
        life = self.pick(which, "note", apt)
        reasons, asks = self.as_staff(life, name, "note", text, fresh)

        def do() -> None:
            code, who, seq = asks()
            reports.note(code, who, text, internal=internal, expected_seq=seq)

        if self.tries(life, reasons, do):
            life.say("noted", "internal" if internal else "public", life.body)
            self.holds(life)

    @rule(which=WHICH, apt=APT, name=WORKERS, fresh=FRESH, other=WHICH)
    def joins(self, which, apt, name, fresh, other) -> None:
        life = self.pick(which, "merge", apt)
        reasons, asks = self.as_staff(life, name, "merge", "", fresh)
        onto = self.where(other).whole or self.where(other)
        while onto.original:
            onto = next(one for one in self.lives if one.code == onto.original)
        if onto is life or onto.state == "duplicate" or life.whole:
            reasons.add("bad_original")
        if onto.is_restricted:
            reasons.add("original_hidden")
        if onto.colour in ENDED or onto.away:
            reasons.add("original_ended")

        def do() -> None:
            code, who, seq = asks()
            reports.merge(code, who, self.where(other).code, expected_seq=seq)

        if self.tries(life, reasons | life.may("merge"), do):
            life.step("merge", "merged", life.body)
            life.original = onto.code
            self.holds(life)

    @rule(which=WHICH, apt=APT, name=WORKERS, text=WORDS, fresh=FRESH)
    def parts(self, which, apt, name, text, fresh) -> None:
        life = self.pick(which, "unmerge", apt)
        reasons, asks = self.as_staff(life, name, "unmerge", text, fresh)
        reasons |= {"wrong_state"} if life.whole else set()

        def do() -> None:
            code, who, seq = asks()
            reports.unmerge(code, who, text, expected_seq=seq)

        if self.tries(life, reasons | life.may("unmerge"), do):
            life.step("unmerge", "unmerged", life.body)
            life.wait(self.partners)
            self.holds(life)

    @rule(which=WHICH, apt=APT, name=WORKERS, text=WORDS, fresh=FRESH)
    def takes_back(self, which, apt, name, text, fresh) -> None:
        life = self.pick(which, "undo", apt)
        reasons, asks = self.as_staff(life, name, "undo", text, fresh)
        reasons |= life.undoing(life.body)

        def do() -> None:
            code, who, seq = asks()
            may = not {"not_yours", "too_late"} & life.undoing(life.body)
            assert reports.may_undo(Report.objects.get(code=life.code)) == may
            reports.undo(code, who, text, expected_seq=seq)

        if self.tries(life, reasons, do):
            life.move("undone", life.before, by=life.body)
            self.holds(life)

    @rule(which=WHICH, apt=APT, name=WORKERS, text=WORDS, fresh=FRESH)
    def stands_by_it(self, which, apt, name, text, fresh) -> None:
        life = self.pick(which, "uphold", apt)
        reasons, asks = self.as_staff(life, name, "uphold", text, fresh)

        def do() -> None:
            code, who, seq = asks()
            reports.uphold(code, who, text, expected_seq=seq)

        if self.tries(life, reasons | ({"wrong_state"} if not life.objections else set()), do):
            life.objections = 0
            life.say("upheld", body=life.body)
            self.holds(life)

    @rule(which=WHICH, apt=APT, name=WORKERS, text=WORDS, fresh=FRESH)
    def staff_reopens(self, which, apt, name, text, fresh) -> None:
        life = self.pick(which, "reopen", apt)
        reasons, asks = self.as_staff(life, name, "reopen", text, fresh)

        def do() -> None:
            code, who, seq = asks()
            reports.reopen(code, who, text, expected_seq=seq)

        if self.tries(life, reasons | life.may("reopen"), do):
            life.step("reopen", "reopened", life.body)
            self.holds(life)

    @rule(which=WHICH, apt=APT, name=WORKERS, text=WORDS, fresh=FRESH)
    def declines(self, which, apt, name, text, fresh) -> None:
        life = self.pick(which, "decline", apt)
        reasons, asks = self.as_staff(life, name, "decline", text, fresh)

        def do() -> None:
            code, who, seq = asks()
            reports.decline(code, who, text, expected_seq=seq)

        if self.tries(life, reasons | life.may("decline"), do):
            life.step("decline", "given_back", life.body)
            self.holds(life)

    @rule(which=WHICH, apt=APT, name=WORKERS, text=WORDS)
    def looks_at_the_reporter(self, which, apt, name, text) -> None:
        life = self.pick(which, "identity", apt)
        reasons, asks = self.as_staff(life, name, "identity", text or " ", True)
        if not text.strip():
            reasons.add("text_required")
        if name == "admin":
            reasons.discard("forbidden")
        elif life.privacy != "public":
            reasons.add("identity_hidden")

        def do() -> None:
            code, who, _seq = asks() if name != "admin" else (life.code, self.administrator(), 0)
            shown = reports.look_at_identity(code, who, text)
            assert shown == (self.people["reporter"] if life.claimed and not life.whole else None)

        if self.tries(life, reasons, do):
            life.say("identity_seen", "reporter", life.body)
            self.holds(life)

    @rule(which=WHICH, apt=APT, name=WORKERS, fresh=FRESH, word=PRIORITIES, by_rule=st.booleans())
    def says_how_pressing_it_is(self, which, apt, name, fresh, word, by_rule) -> None:
        """An officer, or a rule of the body's automation, which has read nothing."""
        life = self.pick(which, "priority", apt)
        reasons, asks = self.as_staff(life, name, "prioritise", "", fresh)
        reasons = (set() if by_rule else reasons) | ({"bad_priority"} if word == "terrible" else set())

        def do() -> None:
            code, who, seq = asks() if not by_rule else (life.code, reports.Who(None, reports.Actor.SYSTEM), None)
            reports.prioritise(code, who, word, expected_seq=seq)

        self.gives(life, reasons, do, "priority", word, "" if by_rule else life.body)

    @rule(which=WHICH, apt=APT, name=WORKERS, fresh=FRESH, to=st.sampled_from(["", "officer", "team"]))
    def gives_the_work(self, which, apt, name, fresh, to) -> None:
        """To a person, a team, or nobody."""
        life = self.pick(which, "hands", apt)
        reasons, asks = self.as_staff(life, name, "assign", "", fresh)
        whom = self.team if to == "team" else self.people.get(to)

        def do() -> None:
            code, who, seq = asks()
            reports.assign(code, who, whom, expected_seq=seq)

        self.gives(life, reasons, do, "hands", to, life.body)

    def gives(self, life: Life, reasons: set[str], do: Callable[[], object], what: str, to: str, by: str) -> None:
        """What is so already is taken and changes nothing; where nothing is to be done, nobody is given it."""
        is_so = getattr(life, what) == to
        if is_so and not reasons:  # wherever it lives
            self.pending = None
            do()
        elif self.tries(life, reasons | (set() if is_so or life.is_work else {"wrong_state"}), do):
            if what == "priority":
                life.prioritise(to)
            else:
                life.hands = to
            life.say("given", "internal", by)
        self.holds(life, 1)

    # --- steps of citizens ---

    def again(self, life: Life, kinds: str, who: Any, do: Callable[[], object], text: str = "", **said: Any) -> bool:
        """Whether it is a second tap, which is answered as the first and does nothing."""
        mine = Entry.objects.filter(report__code=life.code)
        last = mine.exclude(BY_ITSELF).order_by("-seq").first()
        if last is None or last.kind not in kinds.split() or last.text != text:
            return False
        if timezone.now() - last.at > timedelta(minutes=10) or life.whole:
            return False
        is_theirs = (last.actor, last.person) == (who.actor, who.person)
        if not is_theirs or any(last.data[name] != value for name, value in said.items()):
            return False
        do()
        self.holds(life)
        return True

    def of_a_part(self, life: Life) -> set[str]:
        """What citizens say they say to the whole."""
        return {"part"} if life.whole else set()

    @rule(which=WHICH, apt=APT, name=PASSERS_BY)
    def supports(self, which, apt, name) -> None:
        life = self.pick(which, "supports", apt)
        reasons = {"own_report"} if self.is_reporter(life, name) else set()
        reasons |= ({"sign_in"} if not name else set()) | self.of_a_part(life)
        if name in life.supporters:  # a second tap changes nothing, wherever the report lives
            reports.support(life.code, self.people[name])
            self.holds(life)
        elif self.tries(life, reasons, lambda: reports.support(life.code, self.people.get(name))):
            life.supporters.add(name)
            life.say("supported")
            self.holds(life)

    @rule(which=WHICH, apt=APT, name=PASSERS_BY, text=WORDS)
    def comments(self, which, apt, name, text) -> None:
        life = self.pick(which, "comments", apt)
        token = self.token if not name else ""
        who = self.citizen(life, name, token)
        reasons = self.wording("comment", text) | self.of_a_part(life)
        if not name and (life is not self.lives[UNCLAIMED] or life.claimed):
            reasons.add("sign_in")

        def do() -> object:
            return reports.comment(life.code, who, text)

        if not self.again(life, "commented answered", who, do, text) and self.tries(life, reasons, do):
            is_answer = who.actor == "reporter" and life.asked is not None
            life.comments += not is_answer
            life.ignored &= who.actor != "reporter"
            life.say("answered" if is_answer else "commented", author="reporter" if who.actor == "reporter" else name)
            if is_answer:
                life.resume()
            self.holds(life)

    @rule(which=WHICH, apt=APT, name=REPORTERS, stars=st.integers(0, 6))
    def rates(self, which, apt, name, stars) -> None:
        life = self.pick(which, "reopen", apt)
        who = self.citizen(life, name, self.token if not name else "")
        reasons = (set() if stars in {1, 2, 3, 4, 5} else {"bad_stars"}) | self.of_a_part(life)
        if who.actor != "reporter":
            reasons.add("wrong_actor")
        if life.colour not in ENDED:
            reasons.add("wrong_state")
        assert (who.actor == "reporter") == (
            self.is_reporter(life, name) or (not name and life is self.lives[UNCLAIMED] and not life.claimed)
        )

        def do() -> object:
            return reports.rate(life.code, who, stars)

        if not self.again(life, "rated", who, do, stars=stars) and self.tries(life, reasons, do):
            if life.state == "resolved":
                life.step("confirm", "confirmed")
            life.stars = stars
            life.say("rated")
            self.holds(life)

    @rule(which=WHICH, apt=APT, name=REPORTERS)
    def confirms(self, which, apt, name) -> None:
        life = self.pick(which, "confirm", apt)
        reasons = life.may("confirm") | self.of_a_part(life)
        reasons |= set() if self.is_reporter(life, name) else {"wrong_actor"}
        who = self.citizen(life, name)

        def do() -> object:
            return reports.confirm(life.code, who)

        if not self.again(life, "confirmed", who, do) and self.tries(life, reasons, do):
            life.step("confirm", "confirmed")
            self.holds(life)

    @rule(which=WHICH, apt=APT, name=REPORTERS, text=WORDS)
    def reopens(self, which, apt, name, text) -> None:
        life = self.pick(which, "reopen", apt)
        reasons = life.may("reopen") | self.wording("reopen", text)
        if not self.is_reporter(life, name):
            reasons.add("wrong_actor")
        who = self.citizen(life, name)

        def do() -> object:
            return reports.reopen(life.code, who, text)

        second = who.actor == "reporter" and self.again(life, "reopened", who, do, text)
        if not second and self.tries(life, reasons, do):
            life.step("reopen", "reopened")
            self.holds(life)

    @rule(which=WHICH, apt=APT, name=PASSERS_BY, text=WORDS, shows=st.sampled_from([True, True, True, False]))
    def contests(self, which, apt, name, text, shows) -> None:
        life = self.pick(which, "reopen", apt)
        reasons = life.may("reopen") | self.wording("contest", text) | self.of_a_part(life)
        mine = self.is_reporter(life, name)
        reasons |= {"sign_in"} if not name else set()
        if not mine:
            reasons |= {"contested_before"} if name in life.objectors else set()
            reasons |= set() if shows else {"photo_required"}
        who = self.citizen(life, name)
        photos = [self.new_photo()] if shows else []

        def do() -> object:
            return reports.contest(life.code, who, text, photos=photos)

        kind = "reopened" if mine else "contested" if shows else ""
        # What shows more than the report has is no second tap, though its words are the same.
        is_again = (life.pictured or not shows) and self.again(life, kind, who, do, text)
        if not is_again and self.tries(life, reasons, do):
            life.pictured |= shows
            if mine:
                life.step("reopen", "reopened")
            else:
                life.objectors.add(name)
                life.objections += 1
                life.say("contested")
                if life.objections == 3:  # three neighbours are enough
                    life.step("reopen", "reopened")
            self.holds(life)

    @rule(name=st.sampled_from(["reporter", ""]), right=st.booleans())
    def claims(self, name, right) -> None:
        life = self.lives[UNCLAIMED]
        reasons = {"sign_in"} if not name else set()
        if life.claimed or not right:
            reasons.add("bad_claim")
        token = self.token if right else "bukan"
        if self.tries(life, reasons, lambda: reports.claim(self.people.get(name), token)):
            life.claimed = True
            life.say("claimed", "reporter")
            self.holds(life)

    # --- what nobody asks for: time, bodies that come and go, peers ---

    @rule(which=WHICH, apt=APT)
    def time_passes(self, which, apt) -> None:
        life = self.pick(which, "expire", apt)
        due = not life.may("expire") and not life.away
        assert reports.expire(life.code) == due
        if due:
            life.step("expire", "expired")
        self.holds(life)

    @rule(body=st.sampled_from([MINISTRY, REGENCY, REGENCY]))
    def a_body_joins_or_leaves(self, body) -> None:
        if body in self.partners:
            self.partners.remove(body)
            bodies.end_partnership(body)
            routing.release(body)
            routing.hand_over(body)  # too late: nothing goes to a body that has left
        else:
            self.partners.add(body)
            bodies.make_partner(body)
            routing.hand_over(body)
            routing.release(body)
        theirs = [one for one in self.lives if one.body == body and not one.away]
        for life in theirs:
            if body in self.partners and life.state == "awaiting_partner":
                life.move("handed_over", "forwarded" if life.before == "forwarded" else "routed")
            elif body not in self.partners and life.state in TABLE["transfer"][0][1:]:
                life.wait(self.partners)
        for life in theirs:  # a whole is looked at with its parts
            self.holds(life)

    @rule(which=WHICH, state=st.sampled_from([state for state in COLOUR if state != "received"]), text=WORDS)
    def a_peer_tells(self, which, state, text) -> None:
        """The side that works on a report decides its state: any may follow any."""
        life = self.where(which)
        kinds = {"resolved": "resolved", "rejected": "rejected", "accepted": "accepted", "in_progress": "started"}
        kind = kinds.get(state, "told")
        ending = {"resolved": ENDINGS["resolve"], "rejected": ENDINGS["reject"]}.get(state, "")
        told = reports.Told(kind, text=text, state=reports.State(state), ending=ending, data={"peer": "tetangga"})
        reports.mirror(life.code, told)
        life.move(kind, state, ending)
        self.holds(life)

    @rule(which=WHICH, body=BODIES)
    def a_peer_will_not_have_it(self, which, body) -> None:
        life = self.where(which)
        told = reports.Told("declined", text="Bukan jalan kami", data={"peer": "tetangga"})
        reports.reroute(life.code, told, body)
        life.send("declined", body, self.partners)
        self.holds(life)

    @rule(which=WHICH, internal=st.booleans())
    def the_network_notes(self, which, internal) -> None:
        life = self.where(which)
        reports.tell(life.code, "handed_to_peer", internal=internal)
        life.say("handed_to_peer", "internal" if internal else "public")
        self.holds(life)

    @rule(which=WHICH)
    def it_moves(self, which) -> None:
        life = next((one for one in self.lives if one.away), self.where(which))
        if not life.away:
            reports.depart(life.code, len(life.lines), {"to": "tetangga"})
            life.say("moved_out")
            life.resume()
            life.let_go()
        else:
            reports.arrive(life.code, {"from": "tetangga"})
            life.say("moved_in")
        life.away = not life.away
        self.holds(life)


@pytest.mark.long
@pytest.mark.django_db
def test_whatever_everybody_tries_a_report_is_as_promised_and_refusals_change_nothing(world) -> None:
    everybody = {name: person(f"{name}@contoh.id") for name in (*CITIZENS, *STAFF)}
    for name, (body, rank) in STAFF.items():
        at = HELD_AT.get(name, body)
        Membership.objects.create(person=everybody[name], body_id=at, role=ROLES[rank])
    everybody["admin"] = Person.objects.create_superuser("pengelola@contoh.id")
    Lives.people, Lives.photo = everybody, picture(1, size=(64, 48)).read()
    for about, (answer, solve) in PROMISED.items():
        if about:
            pressing = 4 if about.endswith("urgent") else 0
            Promise.objects.create(body_id=ROADS, priority=pressing, answer_hours=answer, solve_hours=solve)
    bodies.promises_changed()
    Lives.team = Team.objects.create(body_id=ROADS, name="Tim lubang")
    run_state_machine_as_test(
        Lives,
        settings=settings(
            phases=(Phase.generate, Phase.shrink),
            max_examples=MANY or part(20), stateful_step_count=42, deadline=None,
            suppress_health_check=list(HealthCheck), print_blob=True,
        ),
    )  # fmt: skip
