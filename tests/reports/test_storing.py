"""A submission becomes one report, whatever is sent twice, by whom and on which channel; and all of it is kept."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError
from django.utils.crypto import salted_hmac

from kentongan import bodies, places
from kentongan.bodies.models import Promise
from kentongan.catalogue.models import Category
from kentongan.people.models import Person
from kentongan.places import Area
from kentongan.reports import storing
from kentongan.reports.decision import Decision, Reason
from kentongan.reports.models import Entry, Photo, Report
from kentongan.reports.storing import repeated, store
from kentongan.reports.submission import Prepared, Submission
from tests.reports.town import MORNING, NOON, changed, entries, events, refused, row, said, stored
from tests.world import STREET, person

pytestmark = pytest.mark.usefixtures("town")

ID = UUID(int=7)
ROUTED = Decision("31.roads", "routed", (Reason("in_area", {"id": "Di sini", "en": "Here"}),))
WAITS = replace(ROUTED, body="32.16", state="awaiting_partner")
GAMBIR = ("31", "31.71", "31.71.01", "31.71.01.1001")
HERE = places.Location(tuple(Area(code, "Nama", "", 0.0, 0.0, True) for code in GAMBIR), "snapped")
CONFLICT = (
    "submission_conflict", 409, "submission_id",
    "A different report was already sent under this submission id. Send this one under a new id.",
)  # fmt: skip


def sent(**fields: Any) -> Submission:
    given = {"submission_id": ID, "category": "road_damage", "text": " Lubang ", "lon": STREET[0], "lat": STREET[1]}
    return Submission(**{**given, **fields})


def prepared(given: Submission | None = None, location: places.Location | None = None, photos=()) -> Prepared:
    given = given or sent()
    kind = Category.objects.get(code=given.category)
    return Prepared(given, kind, "Lubang", {"size": "big"}, location, photos, given.lon, given.lat)


def kept(given: Submission | None = None, who: Person | None = None) -> Report:
    """The report that is made of a submission."""
    return store(prepared(given), None, who)[0]


def photo() -> Photo:
    return Photo.objects.create(original="o", content_type="image/jpeg", size=1, width=1, height=1)


def keyed(purpose: str, what: str) -> str:
    """Written once more: tokens and senders of before must stay what they were."""
    return salted_hmac(purpose, what, algorithm="sha256").hexdigest()


def test_a_report_is_kept_with_all_that_was_sent_and_found_out(monkeypatch):
    street = places.Address(street="Jalan Uji")
    monkeypatch.setattr(places, "address_at", lambda lon, lat: street if (lon, lat) == given else None)
    given, mine, one, loose = (106.12345678, -6.12345678), person(is_demo=True), photo(), photo()
    submission = sent(
        lon=given[0], lat=given[1], url="https://contoh.id", occurred_at=MORNING, privacy="anonymous", channel="api",
        answers={"raw": 1},
    )  # fmt: skip
    report, is_new, token = store(prepared(submission, HERE, (one,)), ROUTED, mine)
    assert (is_new, token) == (True, None)
    columns = row(report)
    assert said(report) == columns
    assert len(columns.pop("code")) == 9
    assert columns == {
        "id": report.pk, "submission_id": ID, "digest": submission.digest(), "channel": "api",
        "sender": keyed("kentongan.sender", f"{ID}/{mine.pk}"), "category": "road_damage", "text": "Lubang",
        "url": "https://contoh.id", "answers": {"size": "big"}, "asked": None, "occurred_at": MORNING,
        "privacy": "anonymous",
        "is_restricted": False, "reporter": mine.pk, "created_at": NOON, "updated_at": NOON, "photo_count": 1,
        "deadline_at": NOON + timedelta(hours=48), "is_demo": True, "lon": 106.123457, "lat": -6.123457,
        "cell": 623960998064390143, "place_quality": "snapped", "address": street.kept(), "province_code": "31",
        "regency_code": "31.71", "district_code": "31.71.01", "village_code": "31.71.01.1001", "state": "routed",
        "ending": "", "body": "31.roads", "decision": ROUTED.as_json(), "original": None, "claim_hash": "", "seq": 2,
        "support_count": 0, "comment_count": 0, "contest_count": 0, "reopen_count": 0, "stars": None,
        "ended_at": None, "away": False, "assignee": None, "team": None, "priority": 2, "answer_by": None,
        "asked_at": None, "asset_layer": "", "asset_id": "", "asset_name": "", "whole": None,
    }  # fmt: skip
    for each in (one, loose):
        each.refresh_from_db()
    assert (one.report, one.entry_seq, loose.report, loose.entry_seq) == (report, 1, None, None)
    assert entries(report) == [
        {
            "seq": 1, "kind": "received", "actor": "reporter", "person": mine.pk, "body": None,
            "state_to": "received", "data": {"ending": ""},
        },
        {
            "seq": 2, "kind": "routed", "actor": "system", "state_from": "received", "state_to": "routed",
            "data": {"decision": ROUTED.as_json(), "to_body": "31.roads", "ending": ""},
        },
    ]  # fmt: skip


def test_the_questions_stand_with_the_report_as_they_were_asked():
    asked = ({"code": "size", "type": "text"},)
    report = store(replace(prepared(), asked=asked), None, None)[0]
    assert row(report)["asked"] == [{"code": "size", "type": "text"}]


def test_a_report_nobody_has_decided_about_is_received_and_sent_on_its_way_later():
    report, is_new, token = store(prepared(), None, None)
    assert (is_new, token) == (True, keyed("kentongan.claim", f"web/{ID}"))
    columns = row(report)
    assert (columns["state"], columns["body"], columns["decision"], columns["reporter"]) == ("received", None, {}, None)
    assert (columns["is_demo"], columns["claim_hash"]) == (False, hashlib.sha256(token.encode()).hexdigest())
    assert [event[:2] for event in events(report)] == [("received", 1)]
    storing.route(report, WAITS)
    assert changed(report, columns) == {
        "state": "awaiting_partner", "body": "32.16", "decision": WAITS.as_json(), "seq": 2,
    }  # fmt: skip
    assert entries(report)[1] == {
        "seq": 2, "kind": "awaiting_partner", "actor": "system", "body": "32.16", "state_from": "received",
        "state_to": "awaiting_partner", "data": {"decision": WAITS.as_json(), "to_body": "32.16", "ending": ""},
    }  # fmt: skip


def test_a_report_without_a_place_has_none():
    for location, lon, lat in ((None, *STREET), (HERE, None, STREET[1]), (HERE, STREET[0], None)):
        report = store(prepared(sent(lon=lon, lat=lat, submission_id=UUID(int=lon is None)), location), None, person(
            f"{location is None}{lon}@contoh.id"
        ))[0]  # fmt: skip
        assert (report.lon, report.lat, report.cell, report.place_quality) == (None, None, None, "none")
        assert (report.province_code, report.address) == ("", "")


@pytest.mark.parametrize(
    ("fields", "restricted"),
    [({}, False), ({"privacy": "anonymous"}, False), ({"privacy": "secret"}, True), ({"category": "bribery"}, True)],
)
def test_what_is_secret_or_of_a_secret_kind_has_a_code_that_nobody_guesses(fields, restricted):
    report = kept(sent(**fields))
    assert report.is_restricted is restricted
    assert len(report.code) == (29 if restricted else 9)


def test_a_deadline_is_promised_from_now_and_by_some_kinds_none():
    assert kept(sent(submission_id=UUID(int=7))).deadline_at == NOON + timedelta(hours=48)
    assert kept(sent(category="waste", submission_id=UUID(int=8))).deadline_at is None


def test_the_body_that_gets_it_promises_and_counts_from_when_it_was_reported(monkeypatch):
    Promise.objects.create(body_id="31.roads", priority=2, answer_hours=2, solve_hours=30)
    bodies.promises_changed()
    report = store(prepared(), ROUTED, None)[0]
    assert (report.deadline_at - NOON, report.answer_by - NOON) == (timedelta(hours=30), timedelta(hours=2))
    late = store(prepared(sent(submission_id=UUID(int=8))), None, None)[0]
    Report.objects.filter(pk=late.pk).update(created_at=MORNING)
    late.refresh_from_db()
    storing.route(late, ROUTED)
    assert Report.objects.get(pk=late.pk).deadline_at - MORNING == timedelta(hours=30)


def test_a_photo_that_another_report_took_meanwhile_is_refused_and_nothing_is_left():
    mine, taken = photo(), photo()
    Photo.objects.filter(pk=taken.pk).update(report=stored())
    words = "A photo was not found or is already used. Add it again."
    told = refused(store, prepared(photos=(mine, taken)), None, None)
    assert told == ("unknown_photo", 422, "photos", words)
    assert (Report.objects.count(), Entry.objects.count(), Photo.objects.filter(report=None).count()) == (1, 0, 1)


def test_the_same_sent_again_is_the_same_report_and_gives_its_token_to_who_has_no_account():
    mine = person()
    ways = ((None, {}), (None, {"channel": "form"}), (mine, {"channel": "api"}), (None, {"sender": "kota"}))
    for who, fields in ways:
        given = sent(**fields)
        assert repeated(given, who) is None
        report, is_new, token = store(prepared(given), None, who)
        assert is_new
        assert token == (None if who or given.sender else keyed("kentongan.claim", f"{given.channel}/{ID}"))
        assert repeated(given, who) == (report, token)
        assert store(prepared(given), None, who) == (report, False, token)
        assert report.sender == (given.sender or (keyed("kentongan.sender", f"{ID}/{mine.pk}") if who else ""))
    assert Report.objects.count() == 4


def test_other_content_of_the_same_sender_under_the_same_id_is_refused():
    mine = person()
    for who, fields in ((None, {}), (mine, {"channel": "api"}), (None, {"channel": "open311", "sender": "kota"})):
        kept(sent(**fields), who)
        other = sent(text="Lain", **fields)
        assert refused(repeated, other, who) == CONFLICT
        assert refused(store, prepared(other), None, who) == CONFLICT
    assert Report.objects.count() == 3


def test_who_signed_in_or_out_between_two_tries_sends_one_report_and_gets_no_token():
    mine = person()
    first = kept()
    assert repeated(sent(), mine) == (first, None)
    assert repeated(sent(text="Lain"), mine) is None
    second = kept(sent(channel="api"), mine)
    assert repeated(sent(channel="api"), None) == (second, None)
    assert repeated(sent(channel="api", text="Lain"), None) is None


def test_nobody_is_given_the_report_of_another_person_an_application_or_a_channel():
    mine, other = person(), person("lain@contoh.id")
    kept(None, mine)
    assert repeated(sent(), other) is None
    assert repeated(sent(channel="api"), mine) is None
    assert repeated(sent(sender="kota"), None) is None
    filed = kept(sent(sender="kota"))
    assert repeated(sent(sender="dinas"), None) is None
    assert repeated(sent(sender="kota"), None) == (filed, None)
    kept(sent(submission_id=UUID(int=8)))  # without an account
    assert repeated(sent(submission_id=UUID(int=8), sender="kota"), None) is None


def test_ones_own_report_is_known_among_others_of_the_same_id():
    mine, other = person(), person("lain@contoh.id")
    theirs, own = kept(sent(text="Lain"), other), kept(None, mine)
    assert repeated(sent(), mine) == (own, None)
    assert repeated(sent(), None) == (own, None)
    assert repeated(sent(text="Lain"), None) == (theirs, None)


def test_a_token_is_given_again_until_the_report_is_claimed():
    given = sent()
    report, _is_new, token = store(prepared(given), None, None)
    Report.objects.update(claim_hash=storing.hash_claim(keyed("kentongan.claim", str(ID))))
    assert repeated(given) == (report, keyed("kentongan.claim", str(ID)))  # one of before knew no channel
    Report.objects.update(claim_hash="")
    assert repeated(given) == (report, None)
    assert token == storing.claim_token(ID) != storing.claim_token(ID, "api")
    assert storing.claim_token(ID, "api") == keyed("kentongan.claim", f"api/{ID}")


def test_a_person_finds_what_their_phone_sent_before_whatever_it_says_now():
    mine, other = person(), person("lain@contoh.id")
    assert storing.sent_before(ID, "web", mine) is None
    report = kept(None, mine)
    assert storing.sent_before(ID, "web", mine) == report
    assert storing.sent_before(ID, "web", None) == report  # signed out meanwhile
    assert storing.sent_before(ID, "web", other) is None
    assert storing.sent_before(ID, "api", mine) is None
    nameless = kept(sent(channel="api"))
    assert storing.sent_before(ID, "api", mine) == storing.sent_before(ID, "api", None) == nameless


def test_ids_that_are_made_here_are_the_same_each_time():
    assert storing.made_id("peer", "pusat.go.id", "A") == UUID(keyed("kentongan.submission", "peer/pusat.go.id/A")[:32])


@pytest.mark.parametrize(("taken", "fits"), [(3, True), (4, False)])
def test_a_code_that_is_taken_is_drawn_anew_three_times(monkeypatch, taken, fits):
    before = stored(code="2222-2222").code
    drawn = [*[before] * taken, "7KQF-M2RD"]
    monkeypatch.setattr(storing, "new_code", lambda restricted: drawn.pop(0))
    mine = person()
    if fits:
        report, is_new, _token = store(prepared(), ROUTED, mine)
        assert (report.code, is_new, report.reporter, report.state) == ("7KQF-M2RD", True, mine, "routed")
    else:
        with pytest.raises(IntegrityError):
            store(prepared(), ROUTED, mine)
        assert drawn == ["7KQF-M2RD"]
