"""The demonstration: one command shows everything, and leaves nothing running behind it."""

import os
import socket
from collections import Counter
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from kentongan import bodies, casework, community, reports
from kentongan.bodies.models import Body, Membership, Team
from kentongan.cli.demonstration import STEPS
from kentongan.community.models import Share
from kentongan.community.neighbours import Group
from kentongan.demo import accounts, morning, neighbourhood, removing, samples
from kentongan.people.models import Person
from kentongan.reports.audit import audit
from kentongan.reports.models import Entry, Photo, Report
from tests import forking
from tests.ports import free_port


@pytest.fixture(scope="module")
def shown(django_db_setup, django_db_blocker, tmp_path_factory):
    """A database with the whole demonstration in it, and some real data beside it."""
    with django_db_blocker.unblock(), transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("KENTONGAN_BOUNDARIES", str(tmp_path_factory.mktemp("none")))  # the same on every machine
        for _name, step in STEPS[1:]:
            step(lambda done, of: None)
        Person.objects.create_user("real@example.org")
        yield
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_the_samples_are_many_lively_and_all_marked(shown):
    made = Report.objects.all()
    assert made.count() >= 140
    assert not made.filter(is_demo=False).exists()
    states = Counter(made.values_list("state", flat=True))
    for state in ("awaiting_partner", "routed", "accepted", "in_progress", "resolved", "confirmed", "rejected"):
        assert states[state] >= 3, states
    assert made.filter(regency_code="32.16", state="awaiting_partner").exists()
    assert made.exclude(created_at__gt=timezone.now() - timedelta(days=7)).count() > 30


@pytest.mark.django_db
def test_a_repeat_makes_nothing_again(shown):
    assert samples.load() == 0
    assert neighbourhood.load() == 0
    assert morning.load() == 0
    assert Team.objects.count() == 1


@pytest.mark.django_db
def test_a_neighbourhood_and_a_journey_can_be_tried_and_say_that_they_are_made_up(shown, client):
    citizen = accounts.person(accounts.CITIZEN)
    client.force_login(citizen)
    assert client.get(f"/lingkungan/{Group.objects.get().pk}").content.decode().count("contoh") >= 3
    sight, token = community.shared_with(citizen)[0]
    assert (sight.stage, sight.way.to) == ("travels", "Rumah (contoh)")
    assert client.get(f"/keluarga/lihat/{token}").status_code == 200


@pytest.mark.django_db
def test_a_coordinator_two_officers_and_a_team_have_a_morning_s_work(shown):
    first, second = accounts.person(accounts.FIRST), accounts.person(accounts.SECOND)
    assert set(Team.objects.get().members.all()) == {first, second}
    assert all("Contoh" in one.name for one in Person.objects.filter(is_demo=True, is_superuser=False))
    stops = casework.tasks(first)
    assert [one.number for one in stops][:6] == [1, 2, 3, 4, 5, 6]  # a round on the map, with the team's in it
    assert {"late", "soon", "pressing", "near"} <= {one.why for one in stops}
    assert all(one.report.photo_count for one in stops)
    theirs = Report.objects.filter(body__in=bodies.subtree("31"))
    assert theirs.get(contest_count=1, assignee=second).state == "resolved"
    assert theirs.get(assignee=second, asked_at__isnull=False).answer_by is None
    assert (
        theirs.filter(state="routed", submission_id__in=[one.submission_id for one in morning.all_work()]).count() == 4
    )


@pytest.mark.django_db
def test_the_samples_agree_with_their_timelines(shown):
    assert list(audit()) == []


@pytest.mark.django_db
def test_one_command_removes_all_of_it_and_nothing_else(shown):
    one = Report.objects.filter(state="routed", whole=None).first()  # a visitor has split it
    who = reports.Who(None, reports.Actor.OFFICER, one.body_id)
    parts = Body.objects.exclude(partner_from=None).order_by("code").values_list("code", flat=True)[:2]
    reports.split(one.code, who, [reports.Share(code, "Bagian") for code in parts])
    assert removing.remove().reports >= 140
    for table in (Report, Entry, Photo, Membership, Group, Share, Team):
        assert not table.objects.exists()
    assert not Body.objects.exclude(partner_from=None).exists()
    assert list(Person.objects.values_list("email", flat=True)) == ["real@example.org"]


def words(port: int) -> list[str]:
    return ["demo", "start", "--port", str(port), "--no-open"]


def settings_of(**variables: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("KENTONGAN_")}
    return clean | {"KENTONGAN_DEMO_STREETS": "[]", "KENTONGAN_DEMO_MAP": ""} | variables


def test_the_demo_is_never_started_in_production(tmp_path):
    variables = settings_of(KENTONGAN_DATA=str(tmp_path), KENTONGAN_SECRET_KEY="x" * 50)
    demo = forking.ran(*words(free_port()), env=variables)
    assert "public passwords" in demo.stderr
    assert demo.returncode == 1
    assert not list(tmp_path.glob("*.sqlite3")), "tables were made before it was refused"


def test_a_taken_port_is_one_clear_line(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        variables = settings_of(KENTONGAN_DATA=str(tmp_path), KENTONGAN_MODE="demo")
        assert "is in use; try --port" in forking.ran(*words(taken.getsockname()[1]), env=variables).stderr
