"""What a coordinator asks the queue for, and gets: filters that combine, orders, counts, addresses to be shared."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as some

from kentongan import casework, routing
from kentongan.bodies.models import Team
from kentongan.casework import Filter, counting, matching, searching
from kentongan.casework.filters import DEADLINES, QUEUE_STATES, SORTS
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person
from kentongan.reports.models import Report
from tests.casework.test_casework import staff
from tests.world import STREET, person, submission

pytestmark = pytest.mark.django_db
LON, LAT = STREET
SQUARE = tuple((LON + x / 1000, LAT + y / 1000) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1)))
DENTED = (*SQUARE[:3], (LON, LAT))


def made(number: int, **columns):
    """Reports of the road department with columns of their own, written past the commands."""
    found = [routing.submit(submission(text=f"Lubang {n}"), person(f"w{n}@contoh.id")).report for n in range(number)]
    for name, values in columns.items():
        for one, value in zip(found, values, strict=True):
            at = timezone.now() + value if isinstance(value, timedelta) else value
            Report.objects.filter(pk=one.pk).update(**{name: at})
    return [one.pk for one in found]


def listed(asked: Filter, **more):
    return [one.pk for one in casework.queue(_officer(), "31.roads", asked, **more).items]


def _officer():
    return Person.objects.filter(email="officer@contoh.id").first() or staff("officer")


def hours(*numbers):
    """From when the test runs: a whole run lies between that and its collection, and perhaps a midnight."""
    return [number if number is None else timedelta(hours=number) for number in numbers]


@pytest.mark.parametrize(
    ("asked", "columns", "those"),
    [
        (Filter(categories=("waste",)), {"category_id": ["waste", "road_damage"]}, [0]),
        (Filter(categories=("waste", "road_damage")), {"category_id": ["waste", "road_damage"]}, [0, 1]),
        (Filter(area="31.71.01.1001"), {"village_code": ["31.71.01.1001", "31.71.01.1002"]}, [0]),
        (Filter(area="31.71.02"), {"district_code": ["31.71.02", "31.71.01"]}, [0]),
        (Filter(street="sudirman"), {"address": ['{"street":"Jalan Sudirman"}', '{"street":"Jalan Thamrin"}']}, [0]),
        (Filter(street="50%"), {"address": ['{"street":"Gang 50"}', '{"street":"Gang 50%"}']}, [1]),
        (Filter(street="x"), {"address": ['{"landmark":"x"}', '{"street":"Gang x","landmark":"y"}']}, [1]),
        (Filter(street="x"), {"address": ['{"street":"Gang a","landmark":"x"}', '{"street":"Gang x"}']}, [1]),
        (Filter(street="CAFÉ"), {"address": ['{"street":"Gang Café"}', '{"street":"Gang Kafe"}']}, [0]),
        (Filter(street='a "b'), {"address": ['{"street":"Gang a \\"b\\", c","side":"timur"}', '{"street":"a"}']}, [0]),
        (Filter(deadline="overdue"), {"deadline_at": hours(-5, -5), "asked_at": hours(-1, -9)}, [0]),
        (Filter(deadline="week"), {"deadline_at": hours(30, 30), "asked_at": hours(None, -1)}, [0]),
        (Filter(age="today"), {"created_at": hours(0, -49)}, [0]),
        (Filter(age="week"), {"created_at": hours(-24 * 5, -24 * 9)}, [0]),
        (Filter(age="older"), {"created_at": hours(-24 * 29, -24 * 40)}, [1]),
        (Filter(deadline="overdue"), {"deadline_at": hours(-1, 1)}, [0]),
        (Filter(deadline="week"), {"deadline_at": hours(1, 24 * 9)}, [0]),
        (Filter(deadline="none"), {"deadline_at": hours(1, None)}, [1]),
        (Filter(channels=("api", "peer")), {"channel": ["api", "web"]}, [0]),
        (Filter(contested=True), {"contest_count": [0, 1]}, [1]),
        (Filter(stars=2), {"stars": [2, 3]}, [0]),
        (Filter(near=(LON, LAT, 100)), {"lat": [LAT + 0.0008, LAT + 0.001]}, [0]),
        (Filter(near=(LON, LAT, 100)), {"lon": [LON + 0.00085, LON - 0.00095]}, [0]),
        (Filter(shape=SQUARE), {"lon": [LON, LON + 0.002]}, [0]),
        (Filter(shape=DENTED), {"lon": [LON + 0.0005, LON - 0.0005], "lat": [LAT, LAT + 0.0005]}, [0]),
        (Filter(categories=("waste",), contested=True), {"category_id": ["waste"] * 2, "contest_count": [0, 1]}, [1]),
    ],
)  # fmt: skip
def test_each_filter_leaves_what_it_names(world, asked, columns, those):
    found = made(2, **columns)
    assert listed(asked) == [found[one] for one in those]
    counts = casework.counts(_officer(), "31.roads", asked)
    assert counts["open"] == counts["waiting"] == (len(those), False)


def test_what_ended_too_late_is_overdue_in_the_archive_and_what_was_in_time_is_not(world):
    late, _good = made(2, state=["resolved"] * 2, deadline_at=hours(-9, -9), ended_at=hours(-1, -10))
    assert listed(Filter("archive", deadline="overdue")) == [late]
    assert listed(Filter(deadline="overdue")) == []


def test_finished_work_is_an_archive_of_its_own(world):
    done, closed, waiting = made(3, state=["resolved", "rejected", "routed"])
    assert listed(Filter("archive")) == [done, closed]
    assert listed(Filter()) == [waiting]
    assert casework.counts(_officer(), "31.roads")["archive"].number == 2


@pytest.mark.parametrize("sort", [sign + one for one in SORTS for sign in ("", "-")])
def test_every_order_comes_in_pieces_without_gaps_or_repeats_also_where_values_are_alike_or_missing(world, sort):
    made(
        7, deadline_at=hours(5, 1, None, 1, None, 3, None), support_count=[1, 0, 1, 0, 2, 2, 2],
        category_id=["waste", "road_damage", "flood", "waste", "flood", "waste", "road_damage"],
        village_code=["31.71.01.1002", "", "31.71.01.1001", "", "31.71.01.1001", "31.71.01.1003", ""],
        state=["routed", "accepted", "routed", "accepted", "routed", "resolved", "accepted"],
        contest_count=[0, 0, 0, 0, 0, 1, 0],
    )  # fmt: skip
    whole, pieces, cursor = listed(Filter(sort=sort)), [], ""
    while True:
        found = casework.queue(_officer(), "31.roads", Filter(sort=sort), cursor=cursor, size=2)
        pieces += [one.pk for one in found.items]
        if not (cursor := found.next):
            break
    assert pieces == whole
    assert len(set(whole)) == 7
    plain, down = listed(Filter(sort=sort.removeprefix("-"))), listed(Filter(sort=f"-{sort.removeprefix('-')}"))
    assert (plain == down[::-1]) is ("deadline" not in sort)  # what has no deadline stands last in both


def test_every_list_takes_every_order_and_numbers_are_sorted_as_numbers(world):
    """znuny/Znuny#779: a list that could not be sorted; zammad/zammad#4494: 1, 10, 100, 15."""
    found = made(4, support_count=[100, 15, 1, 10])
    for state in QUEUE_STATES:
        for sort in SORTS:
            assert len(listed(Filter(state, sort=sort))) == (4 if state in {"open", "waiting"} else 0)
    assert listed(Filter(sort="support")) == [found[at] for at in (2, 3, 1, 0)]


def test_what_comes_in_between_two_pieces_changes_neither(world):
    made(4, support_count=[3, 2, 1, 0])
    first = casework.queue(_officer(), "31.roads", Filter(sort="-support"), size=2)
    Report.objects.filter(pk=routing.submit(submission(text="Baru"), None).report.pk).update(support_count=9)
    rest = casework.queue(_officer(), "31.roads", Filter(sort="-support"), cursor=first.next, size=9)
    assert [one.support_count for one in (*first.items, *rest.items)] == [3, 2, 1, 0]


@pytest.mark.parametrize(
    ("asked", "field", "code"),
    [
        ("state=x", "state", "bad_state"), ("category=gone", "category", "bad_filter"),
        ("area=31.7", "area", "bad_filter"), ("age=old", "age", "bad_filter"),
        ("deadline=x", "deadline", "bad_filter"), ("sort=text", "sort", "bad_filter"),
        ("near=1,2", "near", "bad_filter"), ("near=200,0,10", "near", "bad_filter"),
        ("near=1,2,0", "near", "bad_filter"), ("shape=1,2;3,4", "shape", "bad_filter"),
        ("shape=" + ";".join(["1,2"] * 101), "shape", "bad_filter"), ("shape=1,2;x;3,4", "shape", "bad_filter"),
        ("stars=6", "stars", "bad_filter"), ("contested=yes", "contested", "bad_filter"),
        ("channel=A%20B", "channel", "bad_filter"), ("street=%00", "street", "bad_filter"),
        ("priority=top", "priority", "bad_filter"), ("assignee=you", "assignee", "bad_filter"),
        ("team=-1", "team", "bad_filter"), ("area=٣١", "area", "bad_filter"),
        ("&".join(["category=waste"] * 61), "category", "bad_filter"),
    ],
)  # fmt: skip
def test_a_filter_that_cannot_be_kept_is_refused_and_named_never_left_out(world, asked, field, code):
    with pytest.raises(Problem) as refused:
        casework.read_filter(parse_qs(asked))
    assert (refused.value.code, refused.value.status, refused.value.field) == (code, 422, field)


@pytest.mark.parametrize("cursor", ["-1", "x", "9" * 30, "٣", "WyJhZ2UiXQ", "bnVsbA", "\0", "1.5"])
@pytest.mark.parametrize("sort", ["age", "deadline", "category", "-support"])
def test_a_cursor_that_is_none_of_ours_is_refused_in_words(world, cursor, sort):
    with pytest.raises(Problem) as refused:
        casework.queue(staff("officer"), "31.roads", Filter(sort=sort), cursor=cursor)
    assert (refused.value.code, refused.value.status) == ("bad_cursor", 422)


def test_a_cursor_of_another_order_is_refused(world):
    made(2)
    other = casework.queue(_officer(), "31.roads", Filter(sort="support"), size=1).next
    with pytest.raises(Problem, match="bad_cursor"):
        casework.queue(_officer(), "31.roads", Filter(sort="-support"), cursor=other)


def rounded(corners):
    return tuple((round(lon, 9), round(lat, 9)) for lon, lat in corners)


@given(some.data())
def test_an_address_gives_back_the_filter_that_made_it(data):
    point = some.tuples(some.floats(-180, 180), some.floats(-90, 90))
    degrees = point.map(lambda at: (round(at[0], 9), round(at[1], 9)))
    circle = some.tuples(degrees, some.integers(1, 50_000)).map(lambda at: (*at[0], float(at[1])))
    corner = some.tuples(some.floats(-179, 178), some.floats(-89, 88), some.floats(0.001, 1))
    triangle = corner.map(lambda c: ((c[0], c[1]), (c[0] + c[2], c[1]), (c[0], c[1] + c[2]))).map(rounded)
    asked = Filter(
        state=data.draw(some.sampled_from(QUEUE_STATES)), deadline=data.draw(some.sampled_from(("", *DEADLINES))),
        area=data.draw(some.sampled_from(("", "31", "31.71.01.1001"))), contested=data.draw(some.booleans()),
        stars=data.draw(some.integers(0, 5)), shape=data.draw(some.just(()) | triangle),
        near=data.draw(some.none() | circle),
        channels=tuple(data.draw(some.lists(some.sampled_from(("web", "api", "peer")), unique=True))),
        sort=data.draw(some.sampled_from(SORTS)),
    )  # fmt: skip
    assert casework.read_filter(parse_qs(urlencode(asked.pairs()))) == asked


def test_what_each_choice_would_leave_is_counted_under_the_other_filters(world):
    made(
        4, category_id=["waste", "waste", "flood", "road_damage"], channel=["web", "api", "web", "web"],
        village_code=["31.71.01.1001", "31.71.01.1002", "31.71.01.1001", ""],
    )  # fmt: skip
    told = casework.facets(_officer(), "31.roads", Filter(channels=("web",)))
    assert {code: count.number for code, count in told["categories"].items()} == {
        "waste": 1, "flood": 1, "road_damage": 1,
    }  # fmt: skip
    assert {code: count.number for code, count in told["channels"].items()} == {"web": 3, "api": 1}
    assert told["area"]["31.71.01.1001"].number == 2


def many_everywhere(monkeypatch):
    """No kind, channel or place has so few that its own index is the way to them."""
    monkeypatch.setattr(matching, "FEW", -1)
    matching.forget()


def test_more_than_anybody_counts_is_counted_so_far_and_says_so(world, monkeypatch):
    monkeypatch.setattr("kentongan.casework.counting.MOST", 2)
    many_everywhere(monkeypatch)
    made(3, channel=["api"] * 3)
    asked = Filter(channels=("api",))
    assert casework.counts(_officer(), "31.roads", asked)["open"] == (2, True)
    assert casework.facets(_officer(), "31.roads", asked)["categories"]["road_damage"].more


def test_of_very_many_the_newest_are_counted_and_it_says_so_while_the_list_has_all(world, monkeypatch):
    made(5, channel=["api", "api", "web", "api", "web"], state=["resolved"] * 4 + ["routed"])
    monkeypatch.setattr("kentongan.casework.counting.LOOKED", 2)
    many_everywhere(monkeypatch)
    counting.forget()
    asked = Filter("archive", channels=("api",))
    told = casework.counts(_officer(), "31.roads", asked)
    assert (told["archive"], told["done"], told["open"]) == ((1, True), (1, True), (0, False))
    assert casework.facets(_officer(), "31.roads", asked)["channels"]["api"] == (1, True)
    assert len(listed(asked)) == 3
    assert casework.counts(_officer(), "31.roads")["open"] == (1, False)
    monkeypatch.undo()
    matching.forget()
    counting.forget()
    assert casework.counts(_officer(), "31.roads", asked)["archive"] == (3, False)  # few: all are counted
    counting.forget()


@pytest.mark.parametrize("pairs", [300, 0])
def test_what_lives_elsewhere_is_not_taken_off_a_number_that_has_only_the_newest(world, monkeypatch, pairs):
    """It lies beyond those that are counted: taken off all the same, the list of work seemed empty."""
    monkeypatch.setattr("kentongan.casework.counting.MOST_PAIRS", pairs)
    made(6, state=["routed"] * 6, away=[True, True, True, False, False, False])
    assert casework.counts(_officer(), "31.roads")["open"] == (3, False)
    assert casework.counts(_officer(), "31.roads")["waiting"] == (6, False)
    monkeypatch.setattr("kentongan.casework.counting.LOOKED", 3)
    counting.forget()
    told = casework.counts(_officer(), "31.roads")
    assert (told["open"], told["waiting"]) == ((3, True), (3, True))
    monkeypatch.setattr("kentongan.casework.counting.MOST", 2)
    counting.forget()
    assert casework.counts(_officer(), "31.roads")["open"] == (2, True)
    counting.forget()


def test_a_result_that_somebody_objects_to_is_work_only_where_the_report_lives(world):
    made(2, state=["resolved"] * 2, contest_count=[1, 1], away=[True, False])
    assert casework.counts(_officer(), "31.roads")["open"] == (1, False)


@pytest.mark.parametrize("most", [0, 10_000])
def test_where_many_lie_in_a_place_the_same_are_found_as_where_few_do(world, monkeypatch, most):
    """Few are found by the index of places, kinds or channels, many by that of the desk."""
    inside, _outside = made(2, lon=[106.82, 106.9], lat=[-6.17, -6.1], village_code=["31.71.01.1001", "31.71.02.1001"],
                            district_code=["31.71.01", "31.71.02"], category_id=["waste", "road_damage"],
                            channel=["peer", "web"])  # fmt: skip
    monkeypatch.setattr("kentongan.casework.matching.FEW", most)
    matching.forget()
    for asked in (
        Filter(area="31.71.01"), Filter(area="31.71.01.1001"), Filter(near=(106.82, -6.17, 500.0)),
        Filter(shape=((106.81, -6.18), (106.83, -6.18), (106.82, -6.16))),
        Filter(categories=("waste",)), Filter(channels=("peer",)), Filter(channels=("peer", "api")),
    ):  # fmt: skip
        counting.forget()
        assert listed(asked) == [inside]
        assert casework.counts(_officer(), "31.roads", asked)["open"] == (1, False)
    matching.forget()


def spoken(*texts):
    """Reports with these texts, whose words the worker has learnt."""
    found = made(len(texts), text=texts)
    searching.learn(found)
    searching.forget()
    return found


@pytest.mark.parametrize(
    "typed",
    ["perbaikan", "memperbaiki", "diperbaiki", "baik", "PERBAIKAN!", "perbaiki jalannya", "perbaikn", "prbaikan jln"],
)
def test_words_are_found_whatever_stands_before_and_behind_them_and_with_a_slip(world, typed):
    wanted, _other = spoken("Mohon segera perbaikan jalan ini", "Lampu padam sejak kemarin")
    assert listed(Filter(words=typed)) == [wanted]


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("terang", "Mohon menerangi gang"), ("penerangan", "Jalan kurang terang"), ("sampah", "Persampahan berantakan"),
        ("lubang", "jalan berlubang"), ("genangan", "Air menggenangi kampung"), ("lubng", "ada lubang besar"),
        ("lubang", "ada lubng besar"), ("jalan", "Jln rusak"), ("cafe", "depan café"), ("5", "RT 5 gelap"),
        ("pohon tumbang", "Tumbang! sebuah pohon"), ("kebanjiran", "banjir"),
    ],
)  # fmt: skip
def test_words_of_citizens_are_found(world, typed, written):
    wanted, _other = spoken(written, "Kabel menjuntai")
    assert listed(Filter(words=typed)) == [wanted]


def test_a_word_of_its_own_is_no_slip_of_another(world):
    banjir, _banjar = spoken("banjir lagi", "di Banjar")
    assert listed(Filter(words="banjir")) == [banjir]


def test_every_word_has_to_be_there_and_the_code_of_a_report_finds_it(world):
    first, second = spoken("lubang besar", "lubang kecil")
    assert listed(Filter(words="lubang kecil")) == [second]
    assert listed(Filter(words="lubang xyzzy")) == []
    code = Report.objects.get(pk=first).code
    assert listed(Filter(words=f" {code.lower().replace('-', ' ')} ")) == [first]


def test_the_street_of_a_report_is_among_its_words(world):
    wanted, _other = made(2, address=['{"street":"Jalan Sudirman"}', '{"street":"Jalan Thamrin"}'])
    assert searching.learn_new() == 2
    assert searching.learn_new() == 0
    searching.forget()
    assert listed(Filter(words="sudirman")) == [wanted]


def test_a_new_report_is_found_once_the_worker_has_heard_of_it(world):
    (new,) = made(1, text=["Genteng jatuh"])
    casework.hear_words([{"report": new, "kind": "received"}])()
    assert listed(Filter(words="genteng")) == [new]


def test_words_that_were_hidden_while_the_worker_looked_at_them_find_nothing(world):
    (new,) = made(1, text=["Genteng jatuh"])
    keep = casework.hear_words([{"report": new, "kind": "received"}])
    Report.objects.filter(pk=new).update(text="jatuh")
    keep()
    searching.forget()
    assert (listed(Filter(words="genteng")), listed(Filter(words="jatuh"))) == ([], [new])


@pytest.mark.parametrize("typed", ["'", '"', "%", "a" * 200, "🙂", "*", "AND OR NOT", "(((", "\u202e", "ـ"])
def test_strange_words_are_an_empty_list_and_no_crash(world, typed):
    spoken("lubang")
    assert listed(Filter(words=typed)) in ([], listed(Filter()))


def test_common_words_and_rare_ones_find_the_same(world, monkeypatch):
    found = spoken(*[f"lubang nomor {n}" for n in range(5)])
    monkeypatch.setattr(searching, "COMMON", 2)
    searching.forget()
    assert listed(Filter(words="lubang")) == found
    assert listed(Filter(words="lubang nomor", sort="-age")) == found[::-1]


def test_work_is_found_by_whose_it_is_and_how_pressing(world):
    officer, team = _officer(), Team.objects.create(body_id="31.roads", name="Regu A")
    people = [officer.pk, person("w@contoh.id").pk, None]
    mine, theirs, free = made(3, assignee_id=people, team_id=[None, team.pk, None], priority=[2, 4, 3])
    assert listed(Filter(assignee="me")) == listed(Filter(assignee=str(officer.pk))) == [mine]
    assert listed(Filter(assignee="none")) == [free]
    assert listed(Filter(team=str(team.pk))) == [theirs]
    assert listed(Filter(team="none", priorities=("high", "normal"))) == [mine, free]
    assert listed(Filter(sort="-priority")) == [theirs, free, mine]
    told = casework.facets(officer, "31.roads", Filter())
    assert {word: count.number for word, count in told["priorities"].items()} == {"normal": 1, "urgent": 1, "high": 1}
    assert told["assignee"]["none"].number == 1


# What SQLite has counted of a million reports of one body (`script/bench desk`), by which it chooses a way.
MILLION = {
    "report_channel": "500000 250000 1", "report_state": "1000000 166667 1", "report_category": "1000000 22223 1",
    "report_body_state": "1000000 1000000 166667 1", "report_desk": "1000000 1000000 166667" + " 1" * 12,
    "report_changed": "1000000 1000000 166667 2 1", "report_due": "1000000 1000000 166667 2 1",
    "report_supported": "1000000 1000000 166667 5556 1", "report_assignee": "2440 2440 2440 814 1",
    "report_priority": "42236 42236 7040 3520 1", "report_contested": "998 998 167 1",
}  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        (Filter("archive", channels=("peer",)), "report_channel"),
        (Filter("archive", categories=("waste",)), "report_category"),
        (Filter("archive", assignee="me"), "report_assignee"),
    ],
)
def test_few_of_a_million_are_counted_and_listed_by_their_own_index(world, asked, index):
    if connection.vendor != "sqlite":
        return  # PostgreSQL reads a table this small whichever way it likes
    counting.forget()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE reports_report")
        cursor.execute("DELETE FROM sqlite_stat1 WHERE tbl = 'reports_report'")
        rows = [("reports_report", name, numbers) for name, numbers in MILLION.items()]
        cursor.executemany("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (%s, %s, %s)", rows)
        cursor.execute("ANALYZE sqlite_schema")
        with CaptureQueriesContext(connection) as caught:
            casework.counts(_officer(), "31.roads", asked)
            listed(asked)
        about = [one["sql"] for one in caught if "matching GROUP BY" in one["sql"] or "AS listed" in one["sql"]]
        assert len(about) == 2
        for statement in about:
            cursor.execute("EXPLAIN QUERY PLAN " + statement.replace("%", "%%"))
            assert f"INDEX {index}" in " ".join(str(row[3]) for row in cursor.fetchall())
        cursor.execute("DELETE FROM sqlite_stat1")
        cursor.execute("ANALYZE sqlite_schema")
