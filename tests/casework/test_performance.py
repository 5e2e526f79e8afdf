"""A month of an officer or a team in numbers: only what was theirs and is finished, for themselves first."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from django.utils import timezone

from kentongan import bodies, casework, reports, routing
from kentongan.bodies.models import Body, Calendar, Team
from kentongan.console.performing import _rows, _share
from kentongan.demo.samples import moment
from kentongan.foundation.problems import Problem
from kentongan.places import zone_of
from kentongan.reports import Actor, Who
from kentongan.reports.models import Report
from tests.casework.test_casework import staff
from tests.world import person, submission

MONTH = casework.months(zone_of("31"))[2]


def monday(hour: int, days: int = 0) -> datetime:
    """An hour in Jakarta on the first Monday after the fifth of the month before last, or so many days later."""
    day = MONTH + timedelta(days=5)
    day += timedelta(days=-day.weekday() % 7 + days)
    return datetime.combine(day, time(hour), zone_of("31")).astimezone(UTC)


class Scene:
    """Reports at one body that work Mondays to Fridays from 8 to 16."""

    def __init__(self) -> None:
        Body.objects.filter(code="31").update(partner_from=MONTH - timedelta(days=99))
        bodies.invalidate()
        self.reporter = person("warga@contoh.id")
        self.first, self.second = staff("officer", email="satu@contoh.id"), staff("officer", email="dua@contoh.id")
        self.boss = staff("coordinator")
        Calendar.objects.create(
            body_id="31.roads", workdays=[0, 1, 2, 3, 4], opens=time(8), closes=time(16), national=False, joint=False
        )
        bodies.promises_changed()
        self.team = Team.objects.create(body_id="31.roads", name="Tim Contoh")

    def who(self, member=None):
        return Who(member or self.boss, Actor.OFFICER, "31.roads")

    def made(self, to=None, **columns):
        with moment(monday(9)):
            code = routing.submit(submission(), self.reporter).report.code
            reports.accept(code, self.who())
        Report.objects.filter(code=code).update(**columns)
        if to:
            with moment(monday(10)):
                reports.assign(code, self.who(), to)
        return code

    def at(self, hour, days=0):
        return moment(monday(hour, days))

    def solve(self, code, member=None):
        reports.resolve(code, self.who(member), no_photo_reason="gelap")


@pytest.fixture
def scene(world):
    return Scene()


@pytest.fixture
def worked(scene):
    """The first has four results in their hands, the second one; three more count for nobody."""
    plain, asked, late = (scene.made(scene.first) for _number in range(3))
    nobody, undone, passed = scene.made(), scene.made(scene.first), scene.made(scene.first)
    scene.made(scene.first)  # not finished
    with scene.at(11):
        reports.ask(asked, scene.who(), "Di mana?")
    with scene.at(13):
        reports.comment(asked, Who(scene.reporter, Actor.REPORTER), "Di sini")
    with scene.at(15):
        scene.solve(asked, scene.first)
        reports.reject(nobody, scene.who(scene.first), "Tanah pribadi")
        reports.transfer(passed, scene.who(scene.first), "31.water", "Bukan kami")
        scene.solve(undone, scene.first)
        reports.undo(undone, scene.who(scene.first), "Salah tekan")
    with scene.at(10, 1):
        scene.solve(plain)  # the coordinator presses the button, it is in the first's hands
        scene.solve(late, scene.first)
    Report.objects.filter(code=late).update(deadline_at=monday(9))
    with scene.at(9, 2):
        reports.reopen(asked, Who(scene.reporter, Actor.REPORTER), "Masih rusak")
        reports.assign(asked, scene.who(), scene.second)
    with scene.at(12, 2):
        scene.solve(asked, scene.second)
    return scene


@pytest.mark.django_db
def test_only_what_was_theirs_and_is_finished_counts_with_its_denominators_and_working_hours(worked):
    mine = casework.own_performance(worked.first, MONTH)
    assert (mine.finished, mine.solved, mine.closed, mine.reopened) == (4, 3, 1, 1)
    assert (mine.due, mine.in_time, mine.came_late) == (2, 2, 1)
    assert (mine.timed, mine.hours) == (3, 8)  # 8 from Monday 10 to Tuesday 10, twice, and 3 without the question
    other = casework.own_performance(worked.second, MONTH)
    assert (other.finished, other.reopened, other.timed, other.hours) == (1, 0, 1, 3)
    for month in (casework.months(zone_of("31"))[0], casework.months(zone_of("31"))[1]):
        assert casework.own_performance(worked.first, month).finished == 0
    assert casework.own_performance(worked.boss, MONTH).finished == 0


@pytest.mark.django_db
def test_they_see_it_first_then_their_coordinator_and_nobody_else(worked, client):
    now, boss, first = casework.months(zone_of("31"))[0], worked.boss, worked.first
    of = f"person:{first.pk}"
    assert casework.performance(boss, "31.roads", of, MONTH)[1].finished == 4
    assert casework.opened_on(MONTH) <= timezone.localdate()
    refused = {}
    for viewer, whose, month in ((boss, of, now), (worked.second, of, MONTH), (boss, "person:0", MONTH),
                                 (boss, "team:x", MONTH), (boss, of, MONTH - timedelta(days=400))):  # fmt: skip
        with pytest.raises(Problem) as problem:
            casework.performance(viewer, "31.roads", whose, month)
        refused[viewer.pk, whose, month] = problem.value.code
    assert list(refused.values()) == ["too_early", "forbidden", "not_found", "not_found", "bad_month"]
    client.force_login(worked.second)
    assert client.get(f"/console/performance?body=31.roads&of={of}").status_code == 403
    page = client.get(f"/console/performance?month={MONTH:%Y-%m}").content.decode()
    assert "1: 1 diselesaikan, 0 ditutup" in page
    assert "satu@contoh.id" not in page
    assert "<h1>Bulan saya dalam angka</h1>" in page
    client.force_login(boss)
    page = client.get("/console/performance").content.decode()
    assert page.index("dua@contoh.id") < page.index("satu@contoh.id")  # by name
    assert "Tim Contoh" in page
    page = client.get(f"/console/performance?body=31.roads&of={of}&month={MONTH:%Y-%m}").content.decode()
    assert "1 dari 4" in page
    assert "<h1>satu@contoh.id</h1>" in page
    assert "%" not in page[page.index("<dl") : page.index("</dl>")]
    assert client.get("/console/performance?month=2019-13").status_code == 422


@pytest.mark.django_db
def test_a_team_has_what_was_its_own(scene):
    code = scene.made(scene.team)
    with scene.at(14):
        scene.solve(code)
    found, figures = casework.performance(scene.boss, "31.roads", f"team:{scene.team.pk}", MONTH)
    assert (found, figures.finished, figures.hours) == (scene.team, 1, 4)


@pytest.mark.django_db
def test_a_report_that_was_split_has_one_result_however_often_a_part_goes_on(scene):
    code = scene.made(scene.first)
    with scene.at(11):
        whole = reports.split(code, scene.who(), [reports.Share(one, "Bagian") for one in ("31.roads", "31.water")])
        for part in reports.parts_of(whole):
            reports.resolve(part.code, Who(None, Actor.OFFICER, part.body_id), no_photo_reason="gelap")
    with scene.at(12):
        reports.reopen(part.code, Who(None, Actor.OFFICER, part.body_id), "Belum")
    with scene.at(13):
        reports.resolve(part.code, Who(None, Actor.OFFICER, part.body_id), no_photo_reason="gelap")
    mine = casework.own_performance(scene.first, MONTH)
    assert (mine.finished, mine.reopened) == (1, 0)
    # What a coordinator may not see of a person yet, a team of that person alone does not show either.
    this = casework.months(zone_of("31"))[0]
    scene.team.members.set([scene.first, scene.second])
    with pytest.raises(Problem) as problem:
        casework.performance(scene.boss, "31.roads", f"team:{scene.team.pk}", this)
    assert problem.value.code == "too_early"
    scene.team.members.add(scene.boss)
    assert casework.performance(scene.boss, "31.roads", f"team:{scene.team.pk}", this)[1].finished == 0


@pytest.mark.django_db
def test_what_a_peer_would_not_have_stays_in_the_hands_it_was_in(scene):
    code = scene.made(scene.first)
    with scene.at(12):
        reports.reroute(code, reports.Told("declined", text="Bukan kami", data={"peer": "tetangga"}), "31.roads")
    with scene.at(14):
        scene.solve(code, scene.second)
    mine = casework.own_performance(scene.first, MONTH)
    assert (mine.finished, mine.hours) == (1, 4)


def test_small_numbers_are_no_percent():
    assert (_share(3, 19), _share(15, 20)) == ("3 dari 19", "15 dari 20 (75 %)")


def test_where_no_working_time_is_known_none_is_told():
    told = dict(_rows(casework.Figures(finished=2, solved=0, closed=2)))
    assert len(told) == 2
    assert "Working hours" not in told
