"""A report split into parts for several bodies: who sees it, how it ends with them, how it is taken back."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection

from kentongan import casework, reports, routing
from kentongan.api import telling as api
from kentongan.casework.field import _conflict
from kentongan.foundation import outbox
from kentongan.foundation.problems import Problem
from kentongan.notify.letters import _letter
from kentongan.notify.models import Message
from kentongan.reports.audit import audit
from kentongan.reports.models import Entry, Report
from kentongan.reports.reading import find, may_open
from kentongan.reports.states import Actor
from kentongan.reports.targets import MARK, words_of
from kentongan.reports.who import Who
from kentongan.subscribers import register
from tests.pictures import picture
from tests.world import person, submission

pytestmark = pytest.mark.django_db
ROADS, OTHER, FAR = "31.roads", "31.water", "32.75"  # the last is no partner


@pytest.fixture
def coordinator(world) -> Who:
    return Who(person("koordinator@contoh.id"), Actor.OFFICER, ROADS)


def report(email: str = "warga@contoh.id", **fields) -> Report:
    return routing.submit(submission(**fields), person(email)).report


def shares(*codes: str) -> list[reports.Share]:
    return [reports.Share(code, f"Kerjakan bagian {code}") for code in codes]


def split(who: Who, *codes: str, **fields) -> tuple[Report, list[Report]]:
    whole = reports.split(report(**fields).code, who, shares(*(codes or (ROADS, OTHER))))
    return whole, reports.parts_of(whole)


def by(part: Report) -> Who:
    return Who(None, Actor.OFFICER, part.body_id)


def refused(do, *args, **named) -> str:
    with pytest.raises(Problem) as problem:
        do(*args, **named)
    return problem.value.code


def coordinator_of(body: str):
    member = person("boss@contoh.id")
    casework.appoint(None, body, member.email, "coordinator")
    return member


def now(one: Report) -> Report:
    return Report.objects.get(pk=one.pk)


def test_each_body_gets_a_part_of_its_own_and_the_whole_is_counted_once(coordinator):
    whole, parts = split(coordinator, ROADS, OTHER, FAR)
    assert (whole.state, whole.status, whole.body_id) == ("referred", "in_process", ROADS)
    assert [(one.body_id, one.state, one.text) for one in parts] == [
        (ROADS, "routed", f"Kerjakan bagian {ROADS}"), (OTHER, "routed", f"Kerjakan bagian {OTHER}"),
        (FAR, "awaiting_partner", f"Kerjakan bagian {FAR}"),
    ]  # fmt: skip
    assert all(one.deadline_at and one.reporter_id is None and one.photo_count == 0 for one in parts)
    assert {(one.lon, one.village_code, one.category_id) for one in parts} == {
        (whole.lon, whole.village_code, whole.category_id)
    }
    assert reports.counts()["all"] == 1
    assert [one.code for one in reports.listing(reports.Filters()).items] == [whole.code]
    assert list(audit()) == []
    told = api.entry(whole.entries.get(kind="referred"))
    assert [(one["code"], one["body"]) for one in told["data"]["parts"]] == [(one.code, one.body_id) for one in parts]
    assert api.entry(parts[0].entries.get(seq=1))["data"] == {"whole": whole.code}


def test_the_whole_is_solved_with_the_last_part_and_open_again_where_a_part_is(coordinator):
    whole, (first, second) = split(coordinator)
    reports.resolve(first.code, by(first), no_photo_reason="malam")
    assert now(whole).state == "referred"
    reports.resolve(second.code, by(second), no_photo_reason="malam")
    ended = now(whole)
    assert (ended.state, ended.ending) == ("resolved", "solved")
    reports.undo(second.code, by(second))
    assert now(whole).state == "referred"
    reports.resolve(second.code, by(second), no_photo_reason="malam")
    reports.confirm(whole.code, Who(whole.reporter, Actor.REPORTER))
    reports.reopen(first.code, by(first), "Belum selesai")
    assert now(whole).state == "referred"
    again = whole.entries.latest("seq")
    assert reports.in_words(again) == "Salah satu bagiannya dibuka kembali: laporan selesai bersama bagian terakhir"
    assert _letter(again).subject == "satu bagian pekerjaan dibuka kembali"
    assert [reports.expire(one.code) for one in (first, second)] == [False, True]
    assert now(whole).state == "referred"  # one part that is settled for good changes nothing
    assert list(audit()) == []


def test_a_part_that_ended_by_mistake_takes_the_end_of_the_whole_back_with_it(coordinator):
    whole, (first, second) = split(coordinator)
    reports.resolve(first.code, by(first), no_photo_reason="malam")
    desk = replace(by(second), regrets=True)
    reports.resolve(second.code, desk, no_photo_reason="malam")
    ended = whole.entries.latest("seq")
    assert (ended.data["of_parts"], ended.data["solved"], ended.data["regrets"]) == (2, 2, True)
    reports.note(whole.code, coordinator, "Terima kasih")  # others write meanwhile
    reports.undo(second.code, replace(by(second), takes_back=now(second).seq - 1))
    again = whole.entries.latest("seq")
    assert (now(whole).state, again.kind, again.data["takes_back"]) == ("referred", "referred", ended.seq - 1)
    assert again.data["parts"] == [{"code": one.code, "body": one.body_id} for one in (first, second)]


def test_closed_means_solved_where_a_part_is_closed_without_a_fix_the_body_decides(coordinator):
    whole, (first, second) = split(coordinator)
    reports.reject(first.code, by(first), "Tidak ada pipa di sini")
    reports.resolve(second.code, by(second), no_photo_reason="malam")
    ended = now(whole)
    assert (ended.state, ended.ending, ended.ended_at) == ("accepted", "", None)
    assert reports.in_words(whole.entries.get(kind="parts_ended")).startswith("Semua bagian berakhir, 1 dari 2")
    again = reports.split(whole.code, coordinator, shares(OTHER, "31.environment"))  # and may split it anew
    for part in reports.parts_of(again)[2:]:
        reports.resolve(part.code, by(part), no_photo_reason="malam")
    assert now(whole).state == "resolved"


def test_what_waits_for_its_parts_is_not_ended_or_moved_by_itself(coordinator):
    whole, (first, _second) = split(coordinator)
    code = whole.code
    for do in (
        lambda: reports.resolve(code, coordinator, no_photo_reason="malam"), lambda: reports.accept(code, coordinator),
        lambda: reports.reject(code, coordinator, "x"), lambda: reports.transfer(code, coordinator, OTHER, "x"),
        lambda: reports.merge(code, coordinator, report("lain@contoh.id").code),
        lambda: reports.split(code, coordinator, shares(ROADS, OTHER)),
    ):  # fmt: skip
        assert refused(do) == "split"
    assert refused(reports.step_back, code, coordinator, expected_seq=now(whole).seq) == "wrong_state"
    assert refused(reports.split, first.code, by(first), shares(ROADS, OTHER)) == "part"
    reports.note(code, coordinator, "Menunggu PAM")  # words are always possible
    other = report("ketiga@contoh.id")
    assert reports.merge(other.code, coordinator, first.code).original_id == whole.pk  # not with a part of it
    assert refused(reports.merge, first.code, by(first), other.code) == "bad_original"


def test_a_split_is_taken_back_while_no_part_has_ended(coordinator):
    whole, (first, second) = split(coordinator)
    reports.accept(first.code, by(first))
    back = reports.unsplit(whole.code.lower(), coordinator, "Satu dinas cukup")
    assert back.state == "routed"
    assert {(now(one).state, now(one).ending, now(one).original_id) for one in (first, second)} == {
        ("duplicate", "merged", whole.pk)
    }
    assert reports.parts_of(back) == []
    assert refused(reports.unmerge, first.code, by(first)) == "wrong_state"
    assert refused(reports.unsplit, whole.code, coordinator) == "wrong_state"
    again = reports.split(whole.code, coordinator, shares(ROADS, OTHER))
    part = reports.parts_of(again)[0]
    reports.resolve(part.code, by(part), no_photo_reason="malam")
    assert refused(reports.unsplit, whole.code, coordinator) == "wrong_state"  # a part has ended: that is work done
    assert list(audit()) == []


def test_what_cannot_be_split_is_refused_by_its_field_and_nothing_is_kept(coordinator):
    one = report()
    for wanted, code, field in (
        (shares(ROADS), "bad_parts", "parts"), (shares(ROADS, ROADS), "bad_parts", "parts"),
        (shares(*[ROADS, OTHER] * 4), "bad_parts", "parts"),
        ([reports.Share(ROADS, "x"), reports.Share(OTHER, " ")], "text_required", "text-1"),
        ([reports.Share(ROADS, "x" * 1001), reports.Share(OTHER, "x")], "text_too_long", "text-0"),
        ([reports.Share(ROADS, "x"), reports.Share("99.none", "x")], "unknown_body", None),
    ):  # fmt: skip
        with pytest.raises(Problem) as problem:
            reports.split(one.code, coordinator, wanted)
        assert (problem.value.code, problem.value.field if field else None) == (code, field)
    assert (Report.objects.count(), now(one).seq) == (1, one.seq)
    assert refused(reports.split, one.code, coordinator, shares(ROADS, OTHER), expected_seq=1) == "changed_meanwhile"


def test_citizens_say_what_they_have_to_say_to_the_whole_and_are_told_there(coordinator):
    whole, (first, second) = split(coordinator)
    citizen = Who(person("lain@contoh.id"), Actor.CITIZEN)
    reports.support(whole.code, person("pendukung@contoh.id"))
    assert refused(reports.comment, first.code, citizen, "Halo") == "part"
    assert refused(reports.support, first.code, citizen.person) == "part"
    assert not reports.may_ask(first)
    for part in (first, second):
        reports.resolve(part.code, by(part), no_photo_reason="malam")
    assert refused(reports.contest, first.code, citizen, "Belum", photos=[whole.submission_id]) == "part"
    reports.reopen(first.code, by(first), "Belum selesai")
    register()
    while outbox.drain(100):
        pass
    told = Message.objects.filter(entry__report=whole).order_by("entry__seq", "address")
    assert list(told.values_list("entry__kind", "address"))[1:] == [
        ("referred", "warga@contoh.id"), *((kind, who) for kind in ("resolved", "referred")
                                           for who in ("pendukung@contoh.id", "warga@contoh.id")),
    ]  # fmt: skip
    assert Message.objects.count() == told.count()


def test_parts_of_a_secret_report_are_as_secret(coordinator):
    open_whole, (open_part, _other) = split(coordinator)
    asked = {"answers": {"size": "large"}}
    whole, (part, _second) = split(coordinator, email="rahasia@contoh.id", privacy="secret", **asked)
    staff = person("air@contoh.id")
    casework.appoint(None, OTHER, staff.email, "officer")
    theirs = next(one for one in reports.parts_of(whole) if one.body_id == OTHER)
    assert may_open(open_part)
    assert not open_part.is_secret
    assert open_whole.code
    assert not may_open(part)
    assert part.is_secret
    assert len(part.code) > 9
    assert may_open(theirs, staff)
    assert reports.answered(theirs) == []
    assert [one.told for one in casework.queue(staff, OTHER).items if one.code == theirs.code] == [[]]
    assert not may_open(whole, staff)
    assert may_open(part, whole.reporter)
    reports.unsplit(whole.code, coordinator)
    told = _conflict(staff, Report.objects.get(pk=theirs.pk), 0)  # to a phone that closes it without a connection
    assert told is not None
    assert whole.code not in str(told.detail)
    assert refused(find, part.code) == "not_found"
    assert api.entry(whole.entries.get(kind="referred"))["data"].get("parts") is None


def test_a_split_that_could_only_wait_can_be_taken_back(coordinator):
    whole, (near, far) = split(coordinator, ROADS, FAR)
    reports.resolve(near.code, by(near), no_photo_reason="malam")
    assert "unsplit" in casework.possible_steps(coordinator_of(ROADS), now(whole))  # nobody works at the other
    assert reports.unsplit(whole.code, coordinator, "Bekasi belum ikut").state == "routed"
    assert (now(near).state, now(far).state) == ("resolved", "duplicate")
    assert [one.text for one in far.entries.filter(kind="merged")] == [""]  # the words stand with the whole alone
    again, both = split(coordinator, email="kedua@contoh.id")
    for part in both:
        reports.resolve(part.code, by(part), no_photo_reason="malam")
    for part in both:
        reports.reopen(part.code, by(part), "Belum selesai")
    assert reports.may_unsplit(now(again))
    assert reports.unsplit(again.code, coordinator).state == "accepted"  # it was solved before: there it cannot go back
    gone, (here, moved) = split(coordinator, email="ketiga@contoh.id")
    Report.objects.filter(pk=moved.pk).update(away=True)  # with its body, to an instance of its own
    reports.resolve(here.code, by(here), no_photo_reason="malam")
    assert now(gone).state == "accepted"
    assert list(audit()) == []


def test_objections_to_a_result_do_not_count_against_the_next_one(coordinator):
    whole, (first, second) = split(coordinator)
    for part in (first, second):
        reports.resolve(part.code, by(part), no_photo_reason="malam")
    citizens = [Who(person(f"lain{number}@contoh.id"), Actor.CITIZEN) for number in range(2)]
    shown = [reports.add_photo(picture(number), one.person).pk for number, one in enumerate(citizens)]
    for one, photo in zip(citizens, shown, strict=True):
        reports.contest(whole.code, one, "Belum", photos=[photo])
    reports.reopen(first.code, by(first), "Belum selesai")
    assert now(whole).contest_count == 0
    reports.resolve(first.code, by(first), no_photo_reason="malam")
    again = reports.add_photo(picture(7), citizens[0].person).pk
    found = reports.contest(whole.code, citizens[0], "Masih belum", photos=[again])
    assert (found.contest_count, found.state) == (1, "resolved")
    assert list(audit()) == []


def test_what_a_part_says_stands_once_and_it_is_no_other_report_of_its_thing(coordinator):
    one = report()
    asked = {"asked": [{"code": "rumah", "datatype": "string", "public": True}], "answers": {"rumah": "Nomor 7"}}
    Report.objects.filter(pk=one.pk).update(asset_layer="street_lights", asset_id="PJU-1", asset_name="PJU-1", **asked)
    named = [reports.Share(ROADS, "Rumah Bapak Contoh"), reports.Share(OTHER, "Pipa")]
    whole = reports.split(one.code, coordinator, named)
    part, other = reports.parts_of(whole)
    reports.hide(part.code, by(part), "text:0", "personal_data")
    kept = [now(part).decision, *part.entries.values_list("text", "data")]
    assert "Contoh" not in f"{now(part).text} {kept}"
    assert reports.history(now(other), None) == []
    assert [answer for _one, answer in reports.answered(now(part), public=True)] == ["Nomor 7"]
    assert words_of(now(part)) == MARK  # what the whole was answered is hidden there, and not here again and again


@pytest.mark.django_db(transaction=True)
def test_two_parts_that_end_at_once_end_the_whole_once(coordinator):
    whole, parts = split(coordinator)

    def end(part: Report, who: Who) -> None:
        try:
            reports.resolve(part.code, who, no_photo_reason="malam")
        finally:
            connection.close()

    both = [threading.Thread(target=end, args=(part, by(part))) for part in parts]
    for one in both:
        one.start()
    for one in both:
        one.join(timeout=timedelta(minutes=1).total_seconds())
    assert now(whole).state == "resolved"
    assert Entry.objects.filter(report=whole, kind="resolved").count() == 1
