"""Random lives of alerts: everybody tries everything with a few, and after each step all that was promised holds.

`life.py` says, by hand, what each step must do. A step is refused exactly where the model knows a reason, and then
changes nothing; the row is what its log tells; each party reads what it may; and no alert that goes on is nobody's.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test

from kentongan import community, emergency, network
from kentongan.bodies.models import Membership
from kentongan.emergency import telling
from kentongan.emergency.abroad import taking
from kentongan.emergency.fleet import Unit
from kentongan.emergency.models import Rule, Watch
from kentongan.foundation import rates
from kentongan.network import peers
from kentongan.network.models import Peer as PeerRow
from kentongan.network.models import PeerState
from kentongan.notify.models import Phone, PushChoice
from tests.depth import MANY, part
from tests.emergency.far_life import FarLife
from tests.emergency.lives import CAST, CODE, FORCED, NEIGHBOURS, Far
from tests.emergency.operators import Operators
from tests.emergency.town import ABROAD, BEGIN, OPERATORS, PLACES, POSTS, STAFF, UNITS, Clock, Peer, Town
from tests.world import person

ROLES = {1: "viewer", 2: "officer", 3: "coordinator"}
# Which alerts there are at the beginning, and what has happened with the first of them: few and far on, so that thirty
# steps reach what a life comes to late.
BEGINNINGS = st.sampled_from([
    ("mine",), ("mine",), ("mine", "bekasi"), ("mine", "lost"), ("lost",), ("away",), ("away",), ("away", "mine"),
    ("guest",), ("guest", "mine"), ("silent", "mine"), ("bekasi",), ("guess",), ("drill", "mine"),
])  # fmt: skip
OPENINGS = {
    "": (), "taken": ("takes",), "sent": ("takes", "sends"), "coming": ("takes", "sends", "comes"),
    "both": ("takes", "sends", "comes", "sends too", "comes too"), "there": ("takes", "sends", "comes", "arrives"),
    "orphan": ("takes", "sends", "comes", "laptop", "waits"), "forced": ("forced",), "forced late": ("takes", "forced"),
    "forced on the way": ("takes", "sends", "comes", "forced"), "cancelled": ("cancels",),
    "cancelled on the way": ("takes", "sends", "comes", "cancels"),
    "both called off": ("takes", "sends", "comes", "sends too", "comes too", "cancels"), "waits": ("waits", "waits"),
    "by hand": ("takes", "by hand"), "silent unit": ("takes", "sends", "comes", "waits", "waits", "waits"),
    "neighbours": ("answers", "looks"), "theirs": ("waits", "their step"),
    "closed": ("takes", "sends", "comes", "closes"),
}  # fmt: skip


# Who does something next, and how often: as one rule, so that each example has all of them. In half of the examples
# some of them do more than the others.
ACTORS = {
    "an_operator_acts": 9, "a_unit_acts": 5, "its_person_acts": 4, "time_goes_by": 5, "a_timer_is_minded": 2,
    "a_neighbour_acts": 2, "a_console_opens_or_closes": 2, "another_instance_acts": 2, "somebody_presses": 1,
    "who_leads_a_post_acts": 1, "days_go_by": 1,
}  # fmt: skip
BUSY: dict[str, dict[str, int]] = {
    "": {}, "far": {"another_instance_acts": 10, "its_person_acts": 5}, "timers": {"a_timer_is_minded": 12},
    "units": {"a_unit_acts": 8, "an_operator_acts": 4}, "neighbours": {"a_neighbour_acts": 8, "its_person_acts": 3},
    "consoles": {"a_console_opens_or_closes": 8, "time_goes_by": 4},
}  # fmt: skip
WHICH, HOW = st.sampled_from([0, 0, 1, 2]), st.integers(0, 1023)


class Alerts(Operators):
    """From one of many beginnings."""

    @initialize(
        begins=BEGINNINGS, opening=st.sampled_from(sorted(OPENINGS)), is_first=st.booleans(),
        national=st.sampled_from([True, True, False]), busy=st.sampled_from(["", "", "", *BUSY]),
    )  # fmt: skip
    def it_begins(self, begins, opening, is_first, national, busy) -> None:
        """`national`: whether the third post watches the whole country, so that no place is nobody's; `is_first`:
        whether the neighbourhood hears of an alert before the operators."""
        self.sets_out(is_first, national)
        often = {name: number + BUSY[busy].get(name, 0) for name, number in ACTORS.items()}
        self.actors = [name for name, number in often.items() for _each in range(number)]
        for kind in reversed(begins):
            life = self.begins(kind)
        for step in OPENINGS[opening]:
            self.opens(life, step)
        self.hold(*self.lives)

    def opens(self, life: FarLife, step: str) -> None:
        who = self.who("apt", life)
        steps: dict[str, Any] = {
            "takes": lambda: self.acknowledges(life, who), "sends": lambda: self.sends_a_unit(life, who, 1),
            "sends too": lambda: self.sends_a_unit(life, who, 0), "comes": lambda: self.acts("Gegana 1", "takes"),
            "comes too": lambda: self.acts("Mobil 2", "takes"), "arrives": lambda: self.acts("Gegana 1", "there"),
            "by hand": lambda: self.says_who_is_on_the_way(life, who, 3), "closes": lambda: self.closes(life, who),
            "laptop": lambda: self.laptop(who, False), "waits": lambda: self.waits(65.9),
            "forced": lambda: self.cancels(life, "claim", FORCED), "cancels": lambda: self.cancels(life, "claim", CODE),
            "answers": lambda: self.neighbour_answers(life, "tetangga", "going"),
            "looks": lambda: self.neighbour_reads(life, "satpam"),
            "their step": lambda: self.other_says(life, next(iter(life.stays), ""), "step", 0, True),
        }  # fmt: skip
        steps[step]()

    @rule(actor=HOW, which=WHICH, step=HOW, how=HOW, who=HOW)
    def somebody_acts(self, actor, which, step, how, who) -> None:
        getattr(self, self.actors[actor % len(self.actors)])(which, step, how, who)


@pytest.fixture
def clock(monkeypatch) -> Clock:
    """All that asks for the time asks the test."""
    made, real = Clock(), timezone.now
    monkeypatch.setattr(timezone, "now", made)
    for module in (rates, telling, taking):
        monkeypatch.setattr(module, "time", made)
    for field in (one for model in apps.get_models() for one in model._meta.concrete_fields):
        if field.default is real:
            monkeypatch.setattr(field, "_get_default", made)
    return made


@pytest.fixture
def everybody(world, clock) -> dict[str, Any]:
    found = {name: person(f"{name}@contoh.id", name=name.title()) for name in CAST}
    for name, (post, rank) in STAFF.items():
        Membership.objects.create(person=found[name], body_id=POSTS[post].body, role=ROLES[rank])
    emergency.choose(found["warga"], CODE, FORCED)
    found["lewat"].home_area_code = PLACES["bekasi"][1]
    found["lewat"].save()
    for name in ("budi", "tetangga", "awak"):
        Phone.objects.create(
            person=found[name], digest=name, endpoint=f"https://push.example/{name}", host="push.example"
        )
    PushChoice.objects.create(person=found["budi"], chosen=["duty"])
    PushChoice.objects.create(person=found["awak"], chosen=["duty"])
    return found


@pytest.mark.long
@pytest.mark.django_db
def test_whatever_everybody_tries_an_alert_is_as_promised_and_never_nobodys(everybody, clock, monkeypatch) -> None:
    Alerts.people, Alerts.clock, Alerts.far = everybody, clock, Far(Town(clock))
    Alerts.names = {one.pk: name for name, one in everybody.items()}
    monkeypatch.setattr(network, "speak", Alerts.far.speak)
    Alerts.watches, Alerts.rows = posts(), {}
    for name, (post, area, member) in UNITS.items():
        made = Unit.objects.create(watch=Alerts.watches[post], call_sign=name, state="available", area_code=area)
        made.members.set([everybody[member]])
        Alerts.rows[name] = made
    Alerts.group = community.create(everybody["warga"], "RT 05", "rt", "Asia/Jakarta")
    for name in NEIGHBOURS[1:]:
        community.join(everybody[name], community.invitation(Alerts.group))
    clock.at = BEGIN + timedelta(hours=1)
    for name in OPERATORS:
        emergency.begin_duty(everybody[name], Alerts.watches[STAFF[name][0]].pk)
    Alerts.far.town.peers = {name: Peer(name, "", f"Posko {name.title()}", area) for name, area in ABROAD.items()}
    emergency.deliver_all(1)
    run_state_machine_as_test(
        Alerts,
        settings=settings(
            phases=(Phase.generate, Phase.shrink), max_examples=MANY or part(16), stateful_step_count=30, deadline=None,
            suppress_health_check=list(HealthCheck), print_blob=True,
        ),
    )  # fmt: skip


def posts() -> dict[str, Watch]:
    """The posts of the table, one with rules of its own; and the instances beside ours."""
    made = {
        name: Watch.objects.create(body_id=one.body, title=one.title, area_code=one.area) for name, one in POSTS.items()
    }
    for after, to in POSTS["near"].rules:
        address = "posko@contoh.id" if to == "mail" else ""
        Rule.objects.create(watch=made["near"], after=after, to=to, address=address)
    for name, area in ABROAD.items():
        peer = PeerRow.objects.create(
            name=name, instance=f"{name}.example", title=f"Lapor {name.title()}", dialect="kentongan",
            endpoint=f"http://{name}.example", state=PeerState.ACTIVE, confirmed_here=True, confirmed_there=True,
        )  # fmt: skip
        peers.set_reach(peer, area)
    return made
