"""Lists, numbers and the map show what is asked for, whatever it is asked by."""

from __future__ import annotations

import sys
from datetime import timedelta
from math import asinh, pi, radians, tan
from typing import Any

import h3.api.basic_int as h3
import pytest

from kentongan import bodies, reports
from kentongan.bodies.models import Membership
from kentongan.reports import cells, rows
from kentongan.reports.cells import count_moves, map_tile, recount
from kentongan.reports.filtering import Filters
from kentongan.reports.models import Entry, Report, ReportCell
from tests.reports.town import MORNING, NOON, refused, stored
from tests.world import BEKASI, STREET, person

pytestmark = pytest.mark.usefixtures("town")

MIDDLE = (106.8145, -6.1700)  # of a street in Gambir, and of the tile below
TILE = (15, 26106, 16946)


def on_tiles(z: int, lon: float, lat: float) -> tuple[float, float]:
    """Where a point lies among the tiles of a zoom."""
    return (lon + 180) / 360 * 2**z, (1 - asinh(tan(radians(lat))) / pi) / 2 * 2**z


def placed(at: tuple[float, float] = STREET, **fields: Any) -> Report:
    lon, lat = at
    return stored(lon=lon, lat=lat, cell=h3.latlng_to_cell(lat, lon, 10), **fields)


def listed(**asked: Any) -> set[str]:
    """The codes of a list, as the pages, the API and Open311 read it; all three must say the same."""
    filters = Filters(**asked)
    found = {one.code for one in reports.listing(filters).items}
    assert {one.code for one in rows.list_public(filters)[0]} == found
    assert {one.code for one in rows.list_page(filters)} == found
    return found


def test_a_list_is_of_the_area_the_body_the_kind_the_state_and_the_time_that_are_asked_for():
    here = placed(province_code="31", regency_code="31.71", district_code="31.71.01", village_code="31.71.01.1001")
    there = placed(
        BEKASI, category_id="waste", body_id="32.16", state="resolved", province_code="32",
        created_at=MORNING - timedelta(days=2), updated_at=NOON,
    )  # fmt: skip
    everything = {here.code, there.code}
    secret = placed(is_restricted=True)
    assert listed() == everything
    for area in ("31", "31.71", "31.71.01", "31.71.01.1001"):
        assert listed(area=area) == {here.code}
    assert listed(area="nowhere") == set()
    assert listed(body="31") == listed(body="31.roads") == {here.code}
    assert listed(category="waste") == listed(categories=("waste", "bribery")) == {there.code}
    assert listed(categories=("waste", "road_damage")) == everything
    assert listed(states=("resolved",)) == listed(states=("done",)) == {there.code}
    assert listed(states=("waiting", "done")) == everything
    assert listed(since=MORNING) == listed(updated_until=NOON) == {here.code}
    assert listed(until=MORNING) == listed(updated_since=NOON) == {there.code}
    assert listed(near=(*STREET, 500)) == {here.code}
    corner = (STREET[0] + 0.004, STREET[1] + 0.004)  # within the box around the circle, and outside the circle
    assert listed(near=(*corner, 500)) == set()
    assert listed(bbox=(106.7, -6.3, 106.9, -6.1)) == {here.code}
    assert listed(bbox=(106.0, -7.0, 108.0, -6.0)) == everything
    mine = person()
    secret.reporter = mine
    secret.save()
    assert [one.code for one in reports.listing(Filters(reporter=mine)).items] == [secret.code]


def test_a_page_holds_at_least_one_report_and_a_foreign_cursor_is_refused():
    codes = [placed().code for _ in range(3)]
    first = rows.list_public(Filters(limit=0))
    assert [one.code for one in first[0]] == codes[2:]
    second, end = rows.list_public(Filters(limit=5, cursor=first[1]))
    assert ([one.code for one in second], end) == (codes[1::-1], "")
    words = "This cursor is not one of ours: start again without it."
    for cursor in ("x", "-1", "1" * 19, "\u0661"):
        assert refused(reports.listing, Filters(cursor=cursor)) == ("bad_cursor", 422, "cursor", words)


def test_public_reports_are_read_by_code_and_by_key_and_secret_ones_are_not():
    here = placed(
        province_code="31", decision={"body": "31.roads"}, occurred_at=MORNING, deadline_at=NOON,
    )  # fmt: skip
    plain, secret = stored(), stored(is_restricted=True)
    row = rows.find_public(here.code.lower())
    assert (row.code, row.decision, row.area_codes) == (here.code, {"body": "31.roads"}, ["31"])
    times = (row.occurred_at, row.deadline_at, row.created_at, row.updated_at)
    assert times == (MORNING, NOON, MORNING, MORNING)
    assert (row.stamp.code, row.stamp.seq, row.stamp.lon) == (here.code, 1, STREET[0])
    assert rows.find_public(plain.code).occurred_at is None
    assert rows.find_public(secret.code) is None
    assert rows.find_public("no code") is None
    among = [here, plain, secret]
    for read in (rows.find_codes([one.code for one in among]), rows.read_public([one.pk for one in among])):
        assert [one.code for one in read] == [plain.code, here.code]
    assert rows.find_codes([]) == rows.read_public([]) == []


def test_numbers_are_of_what_everybody_may_see():
    placed(province_code="31")
    placed(state="resolved", ending="solved")
    placed(state="rejected", ending="solved", is_restricted=True)
    status = {"waiting": 1, "in_process": 0, "done": 1, "no_partner": 0, "closed": 0}
    assert reports.counts() == {"status": status, "ending": {"solved": 1}, "all": 2}
    assert reports.counts(area="31")["all"] == 1
    assert reports.counts(body="32.16")["all"] == 0


def test_the_number_of_the_newest_entry_tells_whether_anything_has_changed():
    assert reports.last_entry() == 0
    made = Entry.objects.create(report=stored(), seq=1, kind="noted", actor="system")
    assert reports.last_entry() == made.pk


def test_a_secret_report_is_opened_by_its_reporter_its_staff_and_the_administrator_alone():
    mine, member, other = (person(f"{name}@contoh.id") for name in ("warga", "petugas", "lain"))
    boss = person("kepala@contoh.id", is_superuser=True)
    Membership.objects.create(person=member, body_id="31", role="viewer", since=MORNING)
    secret, nowhere = stored(is_restricted=True, reporter=mine), stored(is_restricted=True, body_id=None)
    bodies.invalidate()
    assert [reports.may_open(secret, who) for who in (mine, member, boss, other, None)] == [True] * 3 + [False] * 2
    assert [reports.may_open(nowhere, who) for who in (member, boss)] == [False, True]
    assert reports.may_open(stored(), None)
    repeat = stored(original=secret)
    assert reports.concerns(secret.code, mine)
    assert reports.concerns(repeat.code, mine)
    assert not reports.concerns(repeat.code, other)


def test_a_reporter_hears_of_what_others_do_and_not_of_their_own_steps():
    mine, gone = person(), person("pergi@contoh.id", is_active=False)
    assert reports.hears(stored(reporter=mine))
    assert not reports.hears(stored(reporter=mine), mine)
    assert not reports.hears(stored(reporter=gone))
    assert not reports.hears(stored())


def test_there_are_no_tiles_beyond_the_world_or_below_the_deepest():
    for tile in ((-1, 0, 0), (23, 0, 0), (2, 4, 0), (2, 0, 4), (2, -1, 0), (2, 0, -1)):
        with pytest.raises(ValueError, match=r"^no such tile$"):
            map_tile(*tile)
    assert map_tile(22, 2**22 - 1, 2**22 - 1) == reports.Tile()


def test_near_by_every_report_is_a_point_and_from_afar_they_are_counted_together():
    here, far = placed(), placed(BEKASI, state="accepted")
    placed(is_restricted=True)
    recount()
    assert map_tile(*TILE) == reports.Tile(points=[[here.code, *STREET, "waiting", "road_damage"]])
    whole = map_tile(0, 0, 0).clusters
    assert sorted(status for *_middle, by_status in whole for status in by_status) == ["in_process", "waiting"]
    z, x, y = TILE
    (cluster,) = map_tile(14, x // 2, y // 2).clusters
    assert cluster[2] == {"waiting": 1}
    assert abs(cluster[0] - STREET[0]) < 0.01
    assert map_tile(14, 0, 0).clusters == []
    assert far.code not in str(map_tile(z, x, y).points)


def test_where_more_lie_than_can_be_shown_they_are_counted_near_by_too(monkeypatch):
    monkeypatch.setattr(cells, "MOST_POINTS", 2)
    for state in ("routed", "received", "accepted"):
        placed(MIDDLE, state=state)
    placed(MIDDLE, is_restricted=True)
    z, x, y = TILE
    deepest = (22, *(int(at) for at in on_tiles(22, *MIDDLE)))
    for tile in (TILE, deepest):  # of a few metres: the middle of no coarse cell lies in it
        (cluster,) = map_tile(*tile).clusters
        assert cluster[2] == {"waiting": 2, "in_process": 1}
        assert abs(cluster[0] - MIDDLE[0]) < 0.001
        assert abs(cluster[1] - MIDDLE[1]) < 0.001
    for _ in range(2):
        placed(MIDDLE)
    recount()
    Report.objects.all().delete()  # a crowd by the counts: the table is not asked
    assert [by_status for *_middle, by_status in map_tile(z, x, y).clusters] == [{"waiting": 4, "in_process": 1}]


def test_the_map_from_afar_costs_the_same_however_many_reports_are_counted_in_it():
    _z, x, y = TILE
    costs = []
    for number in (1, 20):
        placed()
        recount()
        ReportCell.objects.update(count=number)
        calls = 0

        def count(_frame: Any, event: str, _given: Any) -> None:
            nonlocal calls
            calls += event == "call"

        map_tile(14, x // 2, y // 2)
        sys.setprofile(count)
        tile = map_tile(14, x // 2, y // 2)
        sys.setprofile(None)
        assert tile.clusters[0][2] == {"waiting": number}
        costs.append(calls)
    assert costs[0] == costs[1] < 200  # of functions; Django's compiler alone made some 1,500 to ask once


def test_the_map_follows_every_move_and_leaves_the_rest():
    cell = h3.latlng_to_cell(STREET[1], STREET[0], 10)
    moves = [("", "waiting"), ("waiting", "in_process"), ("", ""), ("waiting", "waiting")]
    count_moves([{"cell": cell, "from": before, "to": after} for before, after in moves])()
    count_moves([{"cell": None, "from": "", "to": "waiting"}])()
    kept = set(ReportCell.objects.values_list("resolution", "status", "count"))
    assert kept == {(resolution, "in_process", 1) for resolution in cells.RESOLUTIONS}
    count_moves([{"cell": cell, "from": "in_process", "to": ""}])()
    assert not ReportCell.objects.filter(count__gt=0).exists()


def test_rows_name_themselves_to_whoever_looks_into_the_tables():
    report = stored(code="2222-2222")
    entry = Entry.objects.create(report=report, seq=1, kind="noted", actor="system")
    cell = ReportCell(resolution=2, cell=255, status="done", count=3)
    assert [str(one) for one in (report, entry, cell)] == ["2222-2222", f"{report.pk}/1 noted", "2 ff done: 3"]
