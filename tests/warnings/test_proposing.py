"""Many people who report one danger in one place propose a warning to those on duty there; nothing is published."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from kentongan import bodies, routing, warnings
from kentongan.bodies.models import Membership
from kentongan.demo import accounts, warned
from kentongan.emergency.models import Watch
from kentongan.live.models import Change
from kentongan.reports.models import Report
from kentongan.warnings.models import Proposal, Right, Warning
from kentongan.warnings.states import State
from tests.world import BEKASI, STREET, person, submission

pytestmark = pytest.mark.django_db


def flood(number: int, at=STREET, category: str = "flood", who=None) -> Report:
    near = (at[0] + number * 0.0002, at[1])
    sender = who or person(f"w{Report.objects.count()}.{number}@contoh.id")
    return routing.submit(submission(category, near, text=f"Banjir {number}"), sender).report


def test_five_people_in_one_place_within_an_hour_are_a_proposal_and_one_person_is_not(world, client) -> None:
    operator, other = person("posko@contoh.id"), person("jauh@contoh.id")
    Membership.objects.create(person=operator, body=bodies.get("31"), role="coordinator")
    Membership.objects.create(person=other, body=bodies.get("51.71"), role="officer")
    post = Watch.objects.create(body_id="31", title="Posko", area_code="31")
    Watch.objects.create(body_id="51.71", title="Posko Denpasar", area_code="51.71")
    loud = person("sering@contoh.id")
    for number in range(6):
        flood(number, who=loud)  # one who sends many is one
    for number in range(3):
        flood(number)
        flood(number, BEKASI)  # elsewhere
    flood(7, category="road_damage")
    assert warnings.propose() == 0
    flood(3)
    assert warnings.propose() == 1
    assert warnings.propose() == 0
    assert f"watch:{post.pk}" in " ".join(Change.objects.values_list("topics", flat=True))
    flood(4)
    assert warnings.propose() == 0  # the same, with one more
    one = Proposal.objects.get()
    assert (one.kind, one.count, one.area_code[:5]) == ("flood", 6, "31.71")
    assert not Warning.objects.exists()
    assert warnings.proposals_for(other) == []
    assert [found.pk for found in warnings.proposals_for(operator)] == [one.pk]
    # The operator reads it beside the alerts; who may warn begins a draft from it, which closes it.
    client.force_login(operator)
    page = client.get("/console/alerts").content.decode()
    assert "Banjir: 6 orang melaporkannya dalam satu jam" in page
    assert "Susun peringatan" not in page
    warnings.give("31")
    assert "Susun peringatan" in client.get("/console/warnings").content.decode()
    form = client.get(f"/console/warnings/new?proposal={one.pk}").content.decode()
    assert "Pindah ke tempat yang lebih tinggi" in form
    said = {
        "proposal": str(one.pk), "kind": "flood", "urgency": "Immediate", "severity": "Severe", "certainty": "Observed",
        "hours": "3", "polygon": warnings.outline(one), "headline_id": "Banjir", "headline_en": "Flood",
        "description_id": "Air", "description_en": "Water",
    }  # fmt: skip
    assert client.post("/console/warnings/new", said).status_code == 302
    assert Warning.objects.get().state == State.DRAFT
    one.refresh_from_db()
    assert one.decided_by == operator
    assert one.warning == Warning.objects.get()
    assert warnings.propose() == 0  # decided: not proposed again within the hour
    assert client.post(f"/console/warnings/proposals/{one.pk}").status_code == 404
    Proposal.objects.update(decided_at=timezone.now() - timedelta(hours=2))
    assert warnings.propose() == 1
    Report.objects.update(created_at=timezone.now() - timedelta(hours=2))
    Proposal.objects.all().delete()
    assert warnings.propose() == 0


def test_the_exercise_of_the_demonstration_is_made_once_and_taken_away(world) -> None:
    accounts.load()
    Membership.objects.create(person=accounts.person(accounts.OFFICER), body=bodies.get("31"), role="coordinator")
    assert (warned.load(), warned.load()) == (1, 0)
    (one,) = warnings.at_areas(["31.71.01"])
    assert one.exercise
    warned.end()
    assert warnings.all_in_force() == []
    assert not Right.objects.exists()
