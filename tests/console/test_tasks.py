"""An officer's tasks, and what their phone sends of them: once, with what happened meanwhile told and nothing lost."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from kentongan import casework, reports, routing
from kentongan.bodies.models import Membership, Team
from kentongan.people.whose import mark
from kentongan.reports.models import Report
from kentongan.reports.who import Who
from tests.pictures import picture
from tests.world import BEKASI, STREET, person, submission

pytestmark = pytest.mark.django_db
LON, LAT = STREET


@pytest.fixture
def officer(world, client):
    return hired(client, "budi")


def hired(client=None, name="budi", role="officer"):
    member = person(f"{name}@contoh.id", name=name.title())
    Membership.objects.create(person=member, body_id="31.roads", role=role)
    if client:
        client.force_login(member)
    return member


def task(member, at=STREET, **fields):
    """A report in the hands of a person or of a team."""
    code = routing.submit(submission(at=at), None).report.code
    held = {"team": member} if isinstance(member, Team) else {"assignee": member}
    Report.objects.filter(code=code).update(body="31.roads", **held, **fields)
    return Report.objects.get(code=code)


def phone(member, report, **fields):
    """What a phone sends of a result that was written a moment ago where the trouble is."""
    said = {
        "submission_id": str(uuid4()), "what": "resolve", "seq": report.seq, "text": "Lubang ditambal",
        "no_photo_reason": "gelap", "lon": LON, "lat": LAT, "accuracy": 12, "age": 3, "whose": mark(member),
        "said_at": timezone.now().isoformat(),
    }  # fmt: skip
    return said | fields


def send(client, report, said):
    return client.post(f"/console/tasks/{report.code}", said)


def last(report):
    return reports.timeline(reports.find(report.code, report.assignee), report.assignee)[-1]


def public(client, report):
    return client.get(f"/r/{report.code}").content.decode()


def test_the_page_has_what_is_mine_and_my_teams_in_an_order_that_is_explained(client, officer):
    team = Team.objects.create(body_id="31.roads", name="Tim Gambir")
    team.members.add(officer)
    now = timezone.now()
    near = task(officer, (LON + 0.001, LAT))
    late = task(team, (LON + 0.01, LAT), deadline_at=now - timedelta(hours=3))
    task(hired(name="sri"))
    ended = task(officer, state="closed")
    page = client.get("/console/tasks")
    words = page.content.decode()
    assert [one.report.code for one in casework.tasks(officer)] == [late.code, near.code]
    assert ended.code not in words
    assert words.index(late.code) < words.index(near.code)
    for said in ("Tugas saya", "Sudah lewat tenggat", "Terdekat di jalur", "m dari yang sebelumnya", "Tim Gambir"):
        assert said in words
    assert (page["X-Whose"], page["Cache-Control"]) == (mark(officer), "private, no-cache")
    here = client.post("/console/tasks", {"lon": LON, "lat": LAT}).content.decode()
    assert "m dari sini" in here
    assert client.post("/console/tasks", {"lon": "nan", "lat": "x"}).status_code == 200


def test_what_has_no_place_or_no_room_in_a_day_stands_below_the_round(officer):
    few = [task(officer, (LON + 0.0005 * at, LAT)) for at in range(22)]
    Report.objects.filter(pk=few[0].pk).update(lon=None, lat=None)
    numbers = [stop.number for stop in casework.tasks(officer)]
    assert numbers == [*range(1, 21), 0, 0]


def test_a_viewer_and_a_dismissed_officer_have_no_tasks(client, officer):
    report = task(officer)
    Membership.objects.update(role="viewer")
    assert casework.tasks(officer) == []
    answer = send(client, report, phone(officer, report))
    assert (answer.status_code, answer.json()["code"]) == (409, "moved_on")
    Membership.objects.all().delete()
    assert client.get("/console/tasks").status_code == 403


def test_a_result_is_taken_once_however_often_it_is_sent_and_says_on_site(client, officer):
    report = task(officer)
    before, after = (reports.add_photo(picture(number), officer).pk for number in (1, 2))
    said = phone(officer, report, before=[before], photos=[after], no_photo_reason="")
    assert [send(client, report, said).status_code for _ in range(3)] == [201, 200, 200]
    entries = reports.timeline(reports.find(report.code, officer), officer)
    assert [one.kind for one in entries].count("resolved") == 1
    assert {one.role for one in reports.photos(reports.find(report.code))} == {"before", "after"}
    assert "Di tempat: ponsel berada dalam jarak 250 m" in public(client, report)
    assert "Menurut jam ponsel" not in public(client, report)
    told = client.get(f"/api/v1/reports/{report.code}/timeline").json()["items"][-1]["data"]
    assert told["site"] == "here"
    assert "sent" not in told


@pytest.mark.parametrize(
    ("given", "site"),
    [
        ({"lat": LAT + 0.01}, "far"),
        ({"lon": "", "lat": ""}, "none"),
        ({"age": 3600}, "old"),
        ({"age": -80_000}, "old"),
        ({"age": ""}, "old"),
        ({"accuracy": 3000}, "vague"),
        ({"accuracy": ""}, "vague"),
        ({"accuracy": "nan"}, "vague"),
        ({"accuracy": 1e9}, "vague"),
        ({"accuracy": -1}, "vague"),
        ({"lon": 0, "lat": 0}, "far"),
        ({"accuracy": "nan", "lon": "1e999"}, "none"),
    ],
)
def test_who_was_not_there_is_marked_for_everybody(client, officer, given, site):
    report = task(officer)
    assert send(client, report, phone(officer, report, **given)).status_code == 201
    assert last(report).data["site"] == site
    client.logout()
    assert str(reports.site_of(last(report))) in public(client, report)


def test_a_trouble_without_a_place_asks_for_no_proof(client, officer):
    report = task(officer, lon=None, lat=None)
    send(client, report, phone(officer, report))
    assert "site" not in last(report).data


@pytest.mark.parametrize("days", [-1, 1])
def test_with_a_clock_that_is_a_day_off_the_servers_time_counts_and_the_phones_is_said(client, officer, days):
    report = task(officer)
    said = timezone.now() + timedelta(days=days)
    assert send(client, report, phone(officer, report, said_at=said.isoformat())).status_code == 201
    assert abs(last(report).at - timezone.now()) < timedelta(minutes=1)
    assert last(report).data["site"] == "here"  # its position is as old as the phone says by the same clock
    assert "Menurut jam ponsel" in public(client, report)
    again = task(officer)
    assert send(client, again, phone(officer, again, said_at="kemarin")).status_code == 201


def test_what_happened_meanwhile_is_said_and_nothing_is_overwritten(client, officer):
    sri = hired(name="sri", role="coordinator")
    chief = Who(sri, reports.Actor.OFFICER, "31.roads")

    def refused(report, happens):
        said = phone(officer, report)
        happens(report.code)
        seq = reports.find(report.code, officer).seq
        answer = send(client, report, said)
        assert reports.find(report.code, officer).seq == seq
        return answer.status_code, answer.json()["code"], answer.json()["words"]

    def reopen(code):
        reports.resolve(code, chief, no_photo_reason="x")
        reports.reopen(code, chief, "belum")

    other = task(sri, (LON + 0.002, LAT))
    ended = refused(task(officer), lambda code: reports.resolve(code, chief, no_photo_reason="x"))
    assert ended == (409, "ended", "Sri sudah mengakhiri laporan ini sementara itu.")
    merged = refused(task(officer), lambda code: reports.merge(code, chief, other.code))
    assert merged[1] == "merged"
    assert other.code in merged[2]
    moved = refused(task(officer), lambda code: reports.transfer(code, chief, "32", "bukan kami"))
    assert moved[:2] == (409, "moved_on")
    given = refused(task(officer), lambda code: reports.assign(code, chief, sri))
    assert given == (409, "not_yours", "Sementara itu laporan ini diserahkan kepada Sri.")
    assert refused(task(officer), lambda code: reports.assign(code, chief, None))[1] == "not_yours"
    assert refused(task(officer), reopen)[1] == "changed_meanwhile"


def test_a_reporter_who_has_agreed_meanwhile_is_named_to_no_officer(client, officer):
    report, reporter = task(officer), person("pelapor@contoh.id", name="Ni Made")
    Report.objects.filter(pk=report.pk).update(reporter=reporter, privacy="anonymous")
    said = phone(officer, report)
    sri = Who(hired(name="sri"), reports.Actor.OFFICER, "31.roads")
    reports.resolve(report.code, sri, no_photo_reason="x")
    reports.confirm(report.code, Who(reporter, reports.Actor.REPORTER))
    answer = send(client, report, said).json()
    assert (answer["code"], answer["words"]) == ("ended", "Sri sudah mengakhiri laporan ini sementara itu.")


@pytest.mark.parametrize("said", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "1500-01-01T00:00:00Z"])
def test_a_clock_in_no_century_of_ours_breaks_no_page(client, officer, said):
    report = task(officer)
    assert send(client, report, phone(officer, report, said_at=said)).status_code == 201
    assert "Menurut jam ponsel" not in public(client, report)
    assert client.get(f"/console/reports/{report.code}").status_code == 200


def test_what_a_citizen_or_colleague_adds_meanwhile_keeps_no_result_back(client, officer):
    report = task(officer)
    said = phone(officer, report)
    reports.comment(report.code, Who(person("warga@contoh.id"), reports.Actor.CITIZEN), "Semangat")
    reports.start(report.code, Who(hired(name="sri"), reports.Actor.OFFICER, "31.roads"))
    assert send(client, report, said).status_code == 201


def test_a_note_is_taken_once_and_also_where_somebody_has_ended_the_report(client, officer):
    report = task(officer)
    said = phone(officer, report, what="note", text="Butuh aspal dua karung")
    reports.resolve(report.code, Who(hired(name="sri"), reports.Actor.OFFICER, "31.roads"), no_photo_reason="x")
    assert [send(client, report, said).status_code for _ in range(2)] == [201, 200]
    assert (last(report).kind, last(report).visibility) == ("noted", "internal")


def test_what_another_person_of_this_phone_wrote_waits_for_them(client, officer):
    report = task(officer)
    said = phone(officer, report)
    hired(client, "sri")
    assert send(client, report, said).status_code == 403
    client.logout()
    assert send(client, report, said).status_code == 302  # to sign in; the phone keeps it
    assert reports.find(report.code, officer).state == "routed"


@pytest.mark.parametrize(
    "given",
    [
        {"submission_id": "x"}, {"what": "transfer"}, {"seq": ""}, {"seq": "٣"}, {"photos": ["x"]},
        {"photos": [str(uuid4()) for _ in range(6)]}, {"photos": [str(uuid4())]}, {"no_photo_reason": ""},
        {"text": "x" * 2001}, {"what": "note", "text": " "},
    ],
)  # fmt: skip
def test_a_result_that_lacks_something_says_so_and_changes_nothing(client, officer, given):
    report = task(officer)
    answer = send(client, report, phone(officer, report, **given))
    assert answer.status_code == 422
    assert answer.json()["words"]
    assert reports.find(report.code, officer).seq == report.seq


def test_a_report_that_is_not_there_is_told_in_words(client, officer):
    report = task(officer, BEKASI)
    report.code = "TIDAKADA1"
    answer = send(client, report, phone(officer, report))
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
