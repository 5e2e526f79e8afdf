"""What other instances say of a report stands here as they said it, in the row and in the timeline."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import translation
from PIL import ExifTags, Image

from kentongan import bodies, places
from kentongan.bodies.models import Promise
from kentongan.catalogue.models import Category
from kentongan.foundation.problems import Problem
from kentongan.reports import mirroring
from kentongan.reports.decision import Decision, Reason
from kentongan.reports.hidden import Hiding
from kentongan.reports.mirroring import Arrival, Tidings, Told, adopt, mirror
from kentongan.reports.models import Photo, Report
from kentongan.reports.states import Actor, State
from kentongan.reports.storing import made_id
from kentongan.reports.who import SYSTEM, Who
from tests.pictures import picture
from tests.reports.town import MORNING, NOON, changed, entries, events, refused, row, said, stored
from tests.world import STREET, person

pytestmark = pytest.mark.usefixtures("town")

HERE = places.Location((), "exact")
CAME = Told("received_from", text=" Dari pusat ", data={"peer": {"name": "pusat"}})
DECISION = Decision("31.roads", "routed", (Reason("in_area", {"id": "Di sini", "en": "Here"}),))
NOT_FOUND = ("not_found", 404, "", "There is no report with this code. Check the letters and try again.")
GROWS = "\ufb2c"  # a letter of Hebrew: three characters in NFC


def arrival(category: str = "road_damage", **fields: Any) -> Arrival:
    given = {
        "origin": "pusat.go.id", "code": "7KQF-M2RD", "category": Category.objects.get(code=category),
        "text": " Lubang\u0000 besar ", "created_at": MORNING, "lon": STREET[0], "lat": STREET[1],
    }  # fmt: skip
    return Arrival(**{**given, **fields})


def adopted(location: places.Location | None = HERE, **fields: Any) -> Report:
    return adopt(arrival(**fields), location, DECISION, CAME)


def test_a_report_that_arrives_is_kept_with_all_that_it_brings():
    report = adopted(
        url="https://contoh.id/1", answers={"size": "big"}, occurred_at=MORNING - timedelta(hours=2),
        privacy="anonymous", is_demo=True,
    )  # fmt: skip
    kept = row(report)
    assert said(report) == kept
    known = {name: kept[name] for name in kept if name not in {"id", "cell", "decision", "address"}}
    assert known == {
        "code": "7KQF-M2RD", "submission_id": made_id("peer", "pusat.go.id", "7KQF-M2RD"), "sender": "pusat.go.id",
        "digest": hashlib.sha256(b"pusat.go.id/7KQF-M2RD").hexdigest(), "channel": "peer", "category": "road_damage",
        "text": "Lubang besar", "url": "https://contoh.id/1", "answers": {"size": "big"}, "asked": None,
        "occurred_at": MORNING - timedelta(hours=2), "privacy": "anonymous", "is_demo": True, "is_restricted": False,
        "created_at": MORNING, "updated_at": NOON, "deadline_at": NOON + timedelta(hours=48), "lon": 106.82,
        "lat": -6.17, "place_quality": "exact", "province_code": "", "regency_code": "", "district_code": "",
        "village_code": "", "state": "routed", "ending": "", "body": "31.roads", "original": None, "whole": None,
        "reporter": None,
        "claim_hash": "", "seq": 3, "support_count": 0, "comment_count": 0, "contest_count": 0, "reopen_count": 0,
        "photo_count": 0, "stars": None, "ended_at": None, "away": False, "asset_layer": "", "asset_id": "",
        "asset_name": "", "assignee": None, "team": None, "priority": 2, "asked_at": None, "answer_by": None,
    }  # fmt: skip
    assert kept["decision"] == DECISION.as_json()
    assert kept["cell"] is not None


def test_the_thing_that_is_meant_the_questions_and_the_stars_come_too():
    asked = ({"code": "size", "type": "text"},)
    lamp = places.Thing("street_light", "PJU-7", "Jl. Merdeka", STREET[0], STREET[1])
    history = tuple(Told("rated", at=MORNING, data=data) for data in ({"stars": 4}, {}))
    kept = row(adopted(asset=lamp, asked=asked, history=history))
    assert (kept["asset_layer"], kept["asset_id"], kept["asset_name"]) == ("street_light", "PJU-7", "Jl. Merdeka")
    assert (kept["asked"], kept["stars"]) == ([{"code": "size", "type": "text"}], 4)


def test_its_timeline_begins_there_and_says_that_it_came_and_where_it_goes_here():
    report = adopted()
    assert entries(report) == [
        {
            "seq": 1, "kind": "received", "at": MORNING, "actor": "reporter", "body": None, "state_to": "received",
            "data": {"ending": ""},
        },
        {
            "seq": 2, "kind": "received_from", "actor": "peer", "body": None, "text": "Dari pusat",
            "data": {"peer": {"name": "pusat"}},
        },
        {
            "seq": 3, "kind": "routed", "actor": "peer", "state_from": "received",
            "state_to": "routed", "data": {"decision": DECISION.as_json(), "to_body": "31.roads", "ending": ""},
        },
    ]  # fmt: skip
    assert [event[:2] for event in events(report)] == [("received", 1), ("received_from", 2), ("routed", 3)]


def test_a_history_that_does_not_begin_at_the_beginning_gets_one():
    first, second = (Told("commented", Actor.CITIZEN, at=MORNING, text=text) for text in "ab")
    assert [one["kind"] for one in entries(adopted(history=(first,)))[:2]] == ["received", "commented"]
    begins = entries(adopted(code="7KQF-M2RE", history=(first, second)))[:3]
    assert [(one["kind"], one.get("text", "")) for one in begins] == [
        ("received", ""), ("commented", "a"), ("commented", "b"),
    ]  # fmt: skip


def test_the_history_that_it_brings_stands_in_place_of_a_beginning():
    when = [MORNING + timedelta(minutes=at) for at in (1, 2)]
    told = (
        Told("received", Actor.REPORTER, state=State.RECEIVED, at=when[0], text="a"),
        Told("resolved", Actor.OFFICER, state=State.RESOLVED, ending="solved", at=when[1], body="id.pu", data={"x": 1}),
    )
    report = adopted(history=told)
    assert entries(report)[:2] == [
        {
            "seq": 1, "kind": "received", "at": when[0], "actor": "reporter", "body": None, "state_to": "received",
            "text": "a", "data": {"ending": ""},
        },
        {
            "seq": 2, "kind": "resolved", "at": when[1], "body": "id.pu",
            "state_from": "received", "state_to": "resolved", "data": {"x": 1, "ending": "solved"},
        },
    ]  # fmt: skip
    assert [one["kind"] for one in entries(report)[2:]] == ["received_from", "routed"]
    assert told[1].data == {"x": 1}


def test_a_clock_that_runs_ahead_there_makes_no_report_of_the_future_here():
    report = adopted(created_at=NOON + timedelta(hours=1))
    assert (report.created_at, report.updated_at) == (NOON, NOON)
    assert entries(report)[0].get("at", NOON) == NOON


def test_a_text_beyond_what_fits_here_is_cut_with_a_sign_and_never_refused():
    assert adopted(text="a" * 4000).text == "a" * 4000
    assert adopted(code="2222-2222", text="a" * 4001).text == "a" * 3999 + "…"
    assert len(adopted(code="2222-2223", text=GROWS * 4000).text) == 4000
    long = adopted(code="2222-2224", origin="o" * 130, url="https://" + "u" * 2000)
    assert (long.sender, long.url) == ("o" * 120, "https://" + "u" * 1992)


@pytest.mark.parametrize(
    ("fields", "restricted"),
    [
        ({}, False),
        ({"privacy": "anonymous"}, False),
        ({"privacy": "secret"}, True),
        ({"restricted": True}, True),
        ({"category": "bribery"}, True),
    ],
)
def test_what_is_secret_there_or_of_a_secret_kind_here_is_secret_here(fields, restricted):
    assert adopted(**fields).is_restricted is restricted


def test_a_report_without_a_place_or_whose_place_is_not_known_has_none():
    for at, (location, lon, lat) in enumerate([(None, *STREET), (HERE, None, STREET[1]), (HERE, STREET[0], None)]):
        report = adopted(location, code=f"2222-222{at + 2}", lon=lon, lat=lat)
        assert (report.lon, report.lat, report.cell, report.place_quality) == (None, None, None, "none")


def test_a_kind_that_promises_no_time_has_no_deadline():
    assert adopted(category="waste").deadline_at is None


def test_a_code_that_another_report_here_bears_is_drawn_anew_and_long_where_it_is_secret():
    for code in ("7KQF-M2RD", "2222-2222"):
        stored(code=code)
    assert len(adopted().code) == 9
    assert Report.objects.filter(code="7KQF-M2RD").count() == 1
    assert len(adopted(code="2222-2222", privacy="secret").code) == 29


def test_what_a_peer_does_is_an_entry_by_its_hand():
    report = stored()
    before = row(report)
    at = NOON - timedelta(minutes=5)
    told = Told(
        "resolved", text=" Sudah ", at=at, state=State.RESOLVED, ending="solved", body="id.pu", data={"peer": "p"},
    )  # fmt: skip
    entry = mirror(report.code, told)
    assert changed(report, before) == {
        "state": "resolved", "ending": "solved", "ended_at": at, "updated_at": at, "seq": 2,
    }  # fmt: skip
    assert entries(report) == [
        {
            "seq": 2, "kind": "resolved", "at": at, "actor": "peer", "body": "id.pu", "text": "Sudah",
            "state_from": "routed", "state_to": "resolved", "data": {"peer": "p", "ending": "solved"},
        }
    ]  # fmt: skip
    assert entry.seq == 2
    assert refused(mirror, "2222-2222", told) == NOT_FOUND


def test_a_peer_says_where_the_report_is_and_which_stars_it_has():
    report = stored(stars=2)
    before = row(report)
    mirror(report.code, Told("noted"))
    assert changed(report, before) == {"seq": 2, "updated_at": NOON}
    mirror(report.code, Told("rated", Actor.REPORTER, data={"stars": 5, "to_body": "id.pu"}))
    assert changed(report, before) == {"seq": 3, "updated_at": NOON, "stars": 5, "body": "id.pu"}
    assert entries(report)[1] == {
        "seq": 3, "kind": "rated", "actor": "reporter", "body": "id.pu", "data": {"stars": 5, "to_body": "id.pu"},
    }  # fmt: skip


def test_a_very_long_answer_of_a_peer_is_cut_with_a_sign_and_never_refused():
    report = stored()
    for text in ("a" * 20_000, "a" * 20_001, GROWS * 20_000):
        mirror(report.code, Told("noted", text=text))
    fits, cut, grown = (one["text"] for one in entries(report))
    assert fits == "a" * 20_000
    assert cut == "a" * 19_999 + "…"
    assert len(grown) == 20_000


def test_what_the_network_notes_changes_no_state_and_is_public_or_for_staff():
    report = stored(deadline_at=MORNING)
    before = row(report)
    assert mirroring.tell(report.code, "sent", text="Ke pusat", data={"peer": "p"}).seq == 2
    assert mirroring.tell(report.code, "waits", internal=True).seq == 3
    assert changed(report, before) == {"seq": 3, "updated_at": NOON}
    assert entries(report) == [
        {"seq": 2, "kind": "sent", "actor": "system", "body": None, "text": "Ke pusat", "data": {"peer": "p"}},
        {"seq": 3, "kind": "waits", "actor": "system", "body": None, "visibility": "internal"},
    ]
    later = NOON + timedelta(days=5)
    mirroring.tell(report.code, "sent", deadline_at=later)
    assert Report.objects.get().deadline_at == later
    assert refused(mirroring.tell, "2222-2222", "sent") == NOT_FOUND


def test_what_the_network_notes_of_many_is_an_entry_of_each_and_only_some_have_a_new_deadline():
    first, second, gone = stored(), stored(deadline_at=MORNING), stored()
    later = NOON + timedelta(days=3)
    told = {
        first.pk: Tidings({"peer": "pusat"}, later), second.pk: Tidings({"peer": "kota"}, None),
        gone.pk: Tidings({}, None),
    }  # fmt: skip
    gone.delete()
    mirroring.tell_all("sent_to_peer", told)
    assert [row(one)["deadline_at"] for one in (first, second)] == [later, MORNING]
    each = [{"seq": 2, "kind": "sent_to_peer", "actor": "system", "body": None, "data": {"peer": "pusat"}}]
    assert entries(first) == each
    assert entries(second) == [each[0] | {"data": {"peer": "kota"}}]


@pytest.mark.parametrize("actor", [Actor.OFFICER, Actor.SYSTEM])
def test_what_goes_back_to_the_side_that_gave_it_ends_here_for_a_public_reason(actor):
    report, who = stored("accepted"), Who(person(), actor, "31.roads") if actor == "officer" else SYSTEM
    before = row(report)
    given = mirroring.decline(report.code, who, " Bukan kami ", data={"peer": "p"}, expected_seq=1)
    assert changed(report, before) == {
        "state": "rejected", "ending": "passed_on", "ended_at": NOON, "updated_at": NOON, "seq": 2,
    }  # fmt: skip
    assert (given.report_id, given.seq) == (report.pk, 2)
    (told,) = entries(report)
    assert (told["kind"], told["text"], told.get("actor", "officer")) == ("given_back", "Bukan kami", actor)
    assert (told["state_from"], told["state_to"]) == ("accepted", "rejected")
    assert told["data"] == {"peer": "p", "ending": "passed_on"}


def test_a_person_gives_nothing_back_without_a_reason_and_nobody_from_an_older_page_or_once_it_has_ended():
    report, ended, who = stored(), stored("resolved"), Who(person(), Actor.OFFICER, "31.roads")
    words = "Say it in a few words: this cannot be empty."
    assert refused(mirroring.decline, report.code, who, " ") == ("text_required", 422, "text", words)
    assert refused(mirroring.decline, report.code, who, "a" * 2001)[0] == "text_too_long"
    assert refused(mirroring.decline, report.code, who, "x", expected_seq=4)[0] == "changed_meanwhile"
    assert refused(mirroring.decline, ended.code, who, "x")[0] == "wrong_state"
    assert refused(mirroring.decline, report.code, Who(None, Actor.CITIZEN), "x")[0] == "wrong_actor"
    assert entries(report) == entries(ended) == []
    mirroring.decline(report.code, who, "x")
    assert entries(report)[0]["data"] == {"ending": "passed_on"}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (" \u200b", "Passed on to another body"),
        ("a" * 20_000, "a" * 20_000),
        ("a" * 20_001, "a" * 19_999 + "…"),
    ],
)
def test_what_the_program_gives_back_has_the_other_sides_reason_however_long_or_a_plain_one(said, told):
    report = stored()
    with translation.override("en"):
        mirroring.decline(report.code, SYSTEM, said)
    assert entries(report)[0]["text"] == told


def test_a_report_that_a_peer_will_not_have_goes_to_a_body_here():
    report = stored("in_progress")
    before = row(report)
    told = Told("declined", text=" Bukan kami ", data={"peer": "p"})
    given = mirroring.reroute(report.code, told, "id.pu")
    assert said(given) == row(report)
    due = NOON + timedelta(hours=48)  # promised anew: the body had no part in what others let pass
    assert changed(report, before) == {
        "state": "routed", "body": "id.pu", "seq": 2, "updated_at": NOON, "deadline_at": due,
    }  # fmt: skip
    assert entries(report) == [
        {
            "seq": 2, "kind": "declined", "actor": "peer", "body": "id.pu", "text": "Bukan kami",
            "state_from": "in_progress", "state_to": "routed",
            "data": {"peer": "p", "from_body": "31.roads", "to_body": "id.pu", "ending": ""},
        }
    ]  # fmt: skip
    assert told.data == {"peer": "p"}
    assert mirroring.reroute(report.code, Told("declined", Actor.SYSTEM), "31").body_id == "31"
    assert entries(report)[1]["actor"] == "system"


def test_the_body_that_gets_it_then_promises_as_it_does_for_all():
    Promise.objects.create(body_id="id.pu", priority=2, answer_hours=3, solve_hours=5)
    bodies.promises_changed()
    given = mirroring.reroute(stored("in_progress").code, Told("declined"), "id.pu")
    assert (given.answer_by - NOON, given.deadline_at - NOON) == (timedelta(hours=3), timedelta(hours=5))


def test_what_the_reporter_writes_there_answers_what_was_asked_and_what_others_write_does_not():
    report = stored("accepted", asked_at=MORNING)
    mirror(report.code, Told("commented", Actor.CITIZEN, text="Saya juga"))
    assert row(report)["asked_at"] == MORNING
    mirror(report.code, Told("commented", Actor.REPORTER, text="Nomor 12"))
    assert [one["kind"] for one in entries(report)] == ["commented", "answered"]
    assert row(report)["asked_at"] is None
    mirror(report.code, Told("commented", Actor.REPORTER, text="Terima kasih"))
    assert entries(report)[-1]["kind"] == "commented"


def test_where_that_body_takes_no_part_it_waits_openly():
    report = stored()
    assert mirroring.reroute(report.code, Told("declined"), "32.16").state == "awaiting_partner"
    assert [one["kind"] for one in entries(report)] == ["declined", "awaiting_partner"]
    assert refused(mirroring.reroute, report.code, Told("declined"), "99")[0] == "unknown_body"
    assert refused(mirroring.reroute, "2222-2222", Told("declined"), "id.pu") == NOT_FOUND


def test_a_photo_of_a_peer_is_kept_once_for_each_of_its_roles():
    report, content = stored(photo_count=3, is_demo=True), picture(1).read()
    before = row(report)
    photo = mirroring.add_peer_photo(report.code, 4, "after", content)
    kept = Photo.objects.get()
    assert photo == kept
    assert (kept.report_id, kept.entry_seq, kept.role, kept.is_demo, kept.marks) == (report.pk, 4, "after", True, [])
    assert kept.sha256 == hashlib.sha256(content).hexdigest()
    assert changed(report, before) == {"photo_count": 4}
    assert mirroring.add_peer_photo(report.code, 5, "after", content) is None
    assert mirroring.add_peer_photo(stored().code, 5, "after", content) is not None
    assert changed(report, before) == {"photo_count": 4}
    assert mirroring.add_peer_photo(report.code, 1, "report", content).role == "report"
    assert mirroring.add_peer_photo(report.code, 6, "after", picture(2).read()) is not None
    assert changed(report, before) == {"photo_count": 6}
    assert entries(report) == []


def test_a_photo_that_was_hidden_here_does_not_come_back_from_there_until_it_is_shown_again():
    report, content = stored(), picture(1).read()
    given = {"entry": 1, "what": "photo", "reason": "personal_data", "digests": [hashlib.sha256(content).hexdigest()]}
    hidden = Hiding.objects.create(report=report, **given)
    assert mirroring.add_peer_photo(report.code, 1, "after", content) is None
    assert mirroring.add_peer_photo(report.code, 1, "after", picture(2).read()) is not None
    Hiding.objects.filter(pk=hidden.pk).update(ended=Hiding.Ended.SHOWN)
    assert mirroring.add_peer_photo(report.code, 1, "after", content) is not None


def test_a_photo_of_a_result_is_doubted_where_it_was_seen_before_and_one_of_the_trouble_is_not():
    report, other = stored(), stored()
    mirroring.add_peer_photo(other.code, 1, "report", picture(2).read())
    assert mirroring.add_peer_photo(report.code, 2, "report", picture(2).read()).marks == []
    assert mirroring.add_peer_photo(report.code, 2, "after", picture(2).read()).marks == ["seen_before"]
    assert sorted(Photo.objects.values_list("marks", flat=True)) == [[], [], ["seen_before"]]


def test_the_time_of_a_photo_without_a_zone_is_that_of_the_place_of_the_report():
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2026:11:20 08:30:00"
    report = stored(province_code="51")
    mirroring.add_peer_photo(report.code, 2, "after", picture(3, exif=exif).read())
    assert Photo.objects.get().taken_at == datetime(2026, 11, 20, 0, 30, tzinfo=UTC)  # 8.30 in Bali


def test_what_is_no_photo_or_of_no_report_is_refused_and_leaves_nothing():
    report = stored()
    with pytest.raises(Problem, match="not_a_photo"):
        mirroring.add_peer_photo(report.code, 2, "after", b"no photo")
    assert refused(mirroring.add_peer_photo, "2222-2222", 2, "after", picture(1).read()) == NOT_FOUND
    assert (Report.objects.get().photo_count, Photo.objects.count()) == (0, 0)
