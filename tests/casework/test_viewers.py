"""A viewer reads the queue and the reports of a body, and changes nothing."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import Client

from kentongan import casework, reports, routing
from kentongan.bodies.models import Membership
from kentongan.console.steps import STEPS
from kentongan.foundation.problems import Problem
from kentongan.people import tokens
from kentongan.reports.models import Entry, Report
from tests.reading import read
from tests.world import person, submission

pytestmark = pytest.mark.usefixtures("world")


def test_a_viewer_reads_all_that_an_officer_reads_and_changes_nothing_by_any_way_in(client: Client) -> None:
    viewer, elsewhere = person("pengamat@contoh.id"), "51.71"
    Membership.objects.create(person=viewer, body_id="31.roads", role="viewer")
    Membership.objects.create(person=viewer, body_id=elsewhere, role="administrator")
    public = routing.submit(submission(), person()).report
    secret = routing.submit(submission(privacy="secret"), person("lain@contoh.id")).report
    client.force_login(viewer)
    assert public.code in read(client.get("/console/?body=31.roads"))
    for report in (public, secret):
        page = read(client.get(f"/console/reports/{report.code}"))
        assert "Jalan" in page
        assert not [name for name in STEPS if f"/steps/{name}" in page], "no button that would be refused"
    before = (list(Report.objects.order_by("pk").values()), Entry.objects.count())
    written, _row = tokens.issue(viewer)
    program = Client(headers={"Authorization": f"Bearer {written}"})
    given = {"text": "x", "reason": "x", "expected_seq": public.seq, "to": "me", "priority": "high", "body": elsewhere}
    for name in STEPS:
        assert client.post(f"/console/reports/{public.code}/steps/{name}", given).status_code in {403, 404}, name
    assert client.post(f"/console/reports/{public.code}/identity", given).status_code == 403
    for code in (f"{secret.code}/comments", f"{public.code}/accept", f"{public.code}/notes"):
        answer = program.post(f"/api/v1/reports/{code}", {"text": "x"}, content_type="application/json")
        assert answer.status_code == 403
    with pytest.raises(Problem):
        casework.begin_bulk(viewer, "31.roads", uuid4(), {"to": "me"}, [(public.code, public.seq)])
    for refused in (
        lambda: casework.save_template(viewer, "31.roads", "", {"name": "Siap", "text_id": "x"}),
        lambda: casework.make_team(viewer, "31.roads", "Regu"),
        lambda: casework.add_promise(viewer, "31.roads", {"answer_hours": "1"}),
        lambda: casework.appoint(viewer, "31.roads", "baru@contoh.id", "officer"),
        lambda: reports.support(secret.code, viewer),
    ):
        with pytest.raises(Problem) as told:
            refused()
        assert told.value.code == "forbidden"
    assert viewer.pk not in {one.pk for one in casework.workers_of("31.roads")}, "nothing is given to a viewer"
    assert (list(Report.objects.order_by("pk").values()), Entry.objects.count()) == before
    reports.comment(public.code, reports.Who(viewer, reports.Actor.CITIZEN), "Saya juga lewat sini")  # as everybody
