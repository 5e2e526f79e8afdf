"""What every step of people, staff and the house writes down, and in which words it is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest

from kentongan import bodies
from kentongan.bodies.models import Membership, Promise
from kentongan.reports import commands
from kentongan.reports.mirroring import tell
from kentongan.reports.models import Entry, Photo, Report, Support
from kentongan.reports.onsite import Sent
from kentongan.reports.states import Actor, State
from kentongan.reports.storing import hash_claim
from kentongan.reports.who import SYSTEM, Who
from tests.reports.town import MORNING, NOON, OFFICER, changed, entries, events, refused, row, said, stored
from tests.world import person

pytestmark = pytest.mark.usefixtures("town")

REPORTER = Who(None, Actor.REPORTER)
WRONG_STATE = ("wrong_state", 409, "", "This is not possible at the stage the report is in now. "
               "Reload the page to see it.")  # fmt: skip
NO_WORDS = ("text_required", 422, "text", "Say it in a few words: this cannot be empty.")
LONG = "a" * 2001
TOO_LONG = ("text_too_long", 422, "text", "The text has 2001 characters; at most 2000 fit. Shorten it.")


def citizen(name: str = "n") -> Who:
    return Who(person(f"{name}@contoh.id"), Actor.CITIZEN)


def photo() -> Photo:
    return Photo.objects.create(original="o", content_type="image/jpeg", size=1, width=1, height=1)


def bound(report: Report) -> list[tuple[str, int | None]]:
    return list(Photo.objects.filter(report=report).values_list("role", "entry_seq"))


def sent(report: Report, giver: str, to: str, kind: str = "transferred") -> None:
    """An entry that says that one body passed the report on to another."""
    report.seq += 1
    report.save()
    data = {"from_body": giver, "to_body": to}
    Entry.objects.create(report=report, seq=report.seq, kind=kind, actor="officer", body_id=to, data=data)


@pytest.mark.parametrize(
    ("call", "before", "kind", "after", "ending"),
    [
        (commands.accept, "routed", "accepted", "accepted", ""),
        (commands.start, "accepted", "started", "in_progress", ""),
        (commands.refer, "in_progress", "referred", "referred", ""),
        (commands.reject, "referred", "rejected", "rejected", "closed_without_fix"),
    ],
)
def test_a_step_of_staff_writes_its_kind_its_state_and_the_cleaned_words(call, before, kind, after, ending):
    report = stored(before)
    was = row(report)
    given = call(report.code, OFFICER, " Kata\u0000 kami ", expected_seq=1)
    moved = {"state": after, "seq": 2, "updated_at": NOON, "ending": ending, "ended_at": NOON if ending else None}
    assert changed(report, was) == {name: value for name, value in moved.items() if value != was[name]}
    assert said(given) == row(report)
    assert entries(report) == [
        {
            "seq": 2, "kind": kind, "text": "Kata kami", "state_from": before, "state_to": after,
            "data": {"ending": ending},
        }
    ]  # fmt: skip
    assert [event[0] for event in events(report)] == [kind]


def test_who_accepts_or_begins_needs_no_words_and_who_refers_or_rejects_does():
    for call in (commands.accept, commands.start):
        report = stored()
        call(report.code, OFFICER)
        assert entries(report)[0].get("text", "") == ""
    for call in (commands.refer, commands.reject):
        report = stored()
        for nothing in ("", " \u200b "):
            told = refused(call, report.code, OFFICER, nothing)
            assert told == ("missing_reason", 422, "", "Give a reason: the reporter reads it.")
        assert entries(report) == []


def test_what_somebody_outside_has_now_is_told_apart_from_what_nobody_mends():
    report = stored()
    assert commands.reject(report.code, OFFICER, "Sudah di kepolisian", passed_on=True).ending == "passed_on"
    assert entries(report)[0]["data"] == {"ending": "passed_on"}


@pytest.mark.parametrize(
    "call",
    [
        lambda code, seq: commands.accept(code, OFFICER, expected_seq=seq),
        lambda code, seq: commands.start(code, OFFICER, expected_seq=seq),
        lambda code, seq: commands.refer(code, OFFICER, "x", expected_seq=seq),
        lambda code, seq: commands.reject(code, OFFICER, "x", expected_seq=seq),
        lambda code, seq: commands.resolve(code, OFFICER, no_photo_reason="x", expected_seq=seq),
        lambda code, seq: commands.transfer(code, OFFICER, "id.pu", "x", expected_seq=seq),
        lambda code, seq: commands.give_back(code, OFFICER, "x", expected_seq=seq),
        lambda code, seq: commands.note(code, OFFICER, "x", expected_seq=seq),
        lambda code, seq: commands.reopen(code, OFFICER, "x", expected_seq=seq),
    ],
)
def test_staff_who_saw_an_older_page_overwrite_nobody_with_any_step(call):
    report = stored(seq=7)
    for seq in (6, 8):
        assert refused(call, report.code, seq)[:2] == ("changed_meanwhile", 409)
    assert entries(report) == []


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda code: commands.accept(code, OFFICER, LONG), "text"),
        (lambda code: commands.reject(code, OFFICER, LONG), "text"),
        (lambda code: commands.resolve(code, OFFICER, LONG, no_photo_reason="x"), "text"),
        (lambda code: commands.resolve(code, OFFICER, no_photo_reason=LONG), "no_photo_reason"),
        (lambda code: commands.transfer(code, OFFICER, "id.pu", LONG), "text"),
        (lambda code: commands.note(code, OFFICER, LONG), "text"),
        (lambda code: commands.rate(code, REPORTER, 5, LONG), "text"),
        (lambda code: commands.reopen(code, REPORTER, LONG), "text"),
        (lambda code: commands.contest(code, REPORTER, LONG, photos=[]), "text"),
        (lambda code: commands.comment(code, REPORTER, LONG), "text"),
        (lambda code: commands.look_at_identity(code, OFFICER, LONG), "reason"),
    ],
)
def test_a_text_beyond_the_limit_is_refused_with_its_length_and_names_the_field(call, field):
    assert refused(call, stored().code) == (*TOO_LONG[:2], field, TOO_LONG[3])


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda code: commands.transfer(code, OFFICER, "id.pu", " "), "text"),
        (lambda code: commands.note(code, OFFICER, " "), "text"),
        (lambda code: commands.reopen(code, REPORTER, " "), "text"),
        (lambda code: commands.contest(code, REPORTER, " ", photos=[]), "text"),
        (lambda code: commands.comment(code, REPORTER, " "), "text"),
        (lambda code: commands.look_at_identity(code, OFFICER, " "), "reason"),
    ],
)
def test_where_words_are_due_none_are_refused(call, field):
    assert refused(call, stored().code) == (*NO_WORDS[:2], field, NO_WORDS[3])


def test_two_thousand_characters_are_taken_whole():
    report = stored()
    commands.comment(report.code, REPORTER, "a" * 2000)
    assert len(entries(report)[0]["text"]) == 2000


def test_a_result_with_photos_has_them_with_its_own_entry():
    report = stored("in_progress", photo_count=2)
    was = row(report)
    given = commands.resolve(report.code, OFFICER, " Ditambal ", photos=[photo().pk, photo().pk], expected_seq=1)
    assert said(given) == row(report)
    assert changed(report, was) == {
        "state": "resolved", "ending": "solved", "ended_at": NOON, "seq": 2, "updated_at": NOON, "photo_count": 4,
    }  # fmt: skip
    assert bound(report) == [("after", 2), ("after", 2)]
    assert entries(report) == [
        {
            "seq": 2, "kind": "resolved", "text": "Ditambal", "state_from": "in_progress",
            "state_to": "resolved", "data": {"ending": "solved"},
        }
    ]  # fmt: skip


def test_a_result_shows_how_it_was_before():
    report = stored("in_progress")
    commands.resolve(report.code, OFFICER, before=[photo().pk], photos=[photo().pk])
    assert bound(report) == [("before", 2), ("after", 2)]


@pytest.mark.parametrize("step", [commands.note, partial(commands.resolve, no_photo_reason="Gelap")])
def test_what_a_phone_sends_again_is_done_once_and_the_next_it_sends_too(step):
    report, once = stored("in_progress"), Sent(uuid4(), said_at=MORNING)
    for _try in range(2):
        step(report.code, OFFICER, "Di sini", sent=once)
    (told,) = entries(report)
    assert (told["data"]["sent"], told["data"]["said_at"]) == (str(once.id), MORNING.isoformat())
    commands.note(report.code, OFFICER, "Masih di sini", sent=Sent(uuid4()))
    assert [one["seq"] for one in entries(report)] == [2, 3]


def test_a_note_keeps_whom_it_calls():
    report = stored()
    commands.note(report.code, OFFICER, "Tolong @budi", mentions=(7, 9))
    commands.note(report.code, OFFICER, "Sudah")
    assert [one.get("data", {}) for one in entries(report)] == [{"mentions": [7, 9]}, {}]


def test_a_result_without_a_photo_says_why_there_is_none():
    report = stored()
    for nothing in ("", " "):
        told = refused(commands.resolve, report.code, OFFICER, "Selesai", no_photo_reason=nothing)
        assert told == ("missing_evidence", 422, "", "Add a photo of the result, or say why there is none.")
    commands.resolve(report.code, OFFICER, no_photo_reason=" Gelap ")
    assert entries(report)[0]["data"] == {"no_photo_reason": "Gelap", "ending": "solved"}
    assert "text" not in entries(report)[0]


def passed_on(giver: str, body: str, words: str, how: str = "Diteruskan/Passed on") -> dict[str, object]:
    """The decision of a report that one body passed on to another, or returned."""
    by = {"31.roads": ("Badan jalan", "Body of roads"), "id.pu": ("Badan id.pu", "Body id.pu")}.get(giver)
    by_id, by_en = by or ("Kentongan", "Kentongan")
    how_id, how_en = how.split("/")
    text = {"id": f"{how_id} oleh {by_id}: “{words}”", "en": f"{how_en} by {by_en}: “{words}”"}
    reasons = [{"code": "sent_on", "text": text}]
    return {"body": body, "state": "routed", "reasons": reasons, "alternatives": [], "rule": ""}


def test_a_transfer_takes_reason_and_deadline_of_the_new_body_and_keeps_who_gave_it():
    report = stored("accepted", deadline_at=MORNING)
    was = row(report)
    given = commands.transfer(report.code, OFFICER, "id.pu", " Jalan nasional ", expected_seq=1)
    decision = passed_on("31.roads", "id.pu", "Jalan nasional")
    assert said(given) == row(report)
    assert changed(report, was) == {
        "state": "forwarded", "body": "id.pu", "decision": decision, "deadline_at": NOON + timedelta(hours=48),
        "seq": 2, "updated_at": NOON,
    }  # fmt: skip
    assert entries(report) == [
        {
            "seq": 2, "kind": "transferred", "body": "id.pu", "text": "Jalan nasional", "state_from": "accepted",
            "state_to": "forwarded",
            "data": {"from_body": "31.roads", "decision": decision, "to_body": "id.pu", "ending": ""},
        }
    ]  # fmt: skip


def test_a_transfer_to_a_body_that_takes_no_part_waits_there_and_says_so():
    report = stored()
    assert commands.transfer(report.code, OFFICER, "32.16", "Di Bekasi").state == "awaiting_partner"
    assert Report.objects.get().body_id == "32.16"
    assert entries(report)[1:] == [
        {
            "seq": 3, "kind": "awaiting_partner", "actor": "system", "body": None, "state_from": "forwarded",
            "state_to": "awaiting_partner", "data": {"ending": ""},
        }
    ]  # fmt: skip


def test_a_report_that_no_body_had_is_passed_on_in_the_name_of_the_house():
    report = stored("awaiting_partner", body_id=None)
    given = commands.transfer(report.code, OFFICER, "id.pu", "Kembali")
    assert given.decision == passed_on("", "id.pu", "Kembali")
    assert entries(report)[0]["data"]["from_body"] is None


def test_a_transfer_to_where_it_is_to_nobody_or_at_the_wrong_time_changes_nothing():
    report, ended = stored(), stored("resolved")
    told = refused(commands.transfer, report.code, OFFICER, "31.roads", "x")
    assert told == ("same_body", 422, "body", "The report is with this body already.")
    assert refused(commands.transfer, report.code, OFFICER, "99", "x")[:3] == ("unknown_body", 422, "body")
    assert refused(commands.transfer, ended.code, OFFICER, "id.pu", "x") == WRONG_STATE
    assert refused(commands.transfer, report.code, REPORTER, "id.pu", "x")[0] == "wrong_actor"
    assert entries(report) == entries(ended) == []


def test_a_report_goes_back_to_the_body_that_passed_it_on_last():
    report = stored()
    for giver in ("31", "id.pu"):
        sent(report, giver, "31.roads")
    sent(report, "32.16", "31")  # to another body
    sent(report, "32.16", "31.roads", kind="declined")  # not by staff here
    given = commands.give_back(report.code, OFFICER, " Bukan kami ", expected_seq=5)
    assert (given.body_id, given.state) == ("id.pu", "forwarded")
    last = entries(report)[-1]
    assert (last["seq"], last["kind"], last["text"], last["body"]) == (6, "returned", "Bukan kami", "id.pu")
    assert (last["state_from"], last["data"]["from_body"]) == ("routed", "31.roads")
    assert given.decision == passed_on("31.roads", "id.pu", "Bukan kami", "Dikembalikan/Returned")
    assert refused(commands.give_back, given.code, Who(None, Actor.OFFICER, "id.pu"), "x")[0] == "nobody_to_return_to"


def test_a_report_waiting_for_its_body_is_not_given_back_but_transferred():
    report = stored("awaiting_partner")
    sent(report, "id.pu", "31.roads")
    assert refused(commands.give_back, report.code, OFFICER, "x") == WRONG_STATE


def test_what_nobody_transferred_is_given_back_to_nobody():
    told = refused(commands.give_back, stored().code, OFFICER, "x")
    words = "This report was not transferred to you; transfer it to another body instead."
    assert told == ("nobody_to_return_to", 409, "", words)
    report = stored()
    sent(report, "", "31.roads")
    assert refused(commands.give_back, report.code, OFFICER, "x")[0] == "nobody_to_return_to"


def test_a_note_is_public_or_for_staff_and_moves_nothing():
    report = stored("accepted")
    was = row(report)
    given = commands.note(report.code, OFFICER, " Besok ", expected_seq=1)
    commands.note(report.code, OFFICER, "Kontraktor", internal=True)
    assert given.pk == report.pk
    assert changed(report, was) == {"seq": 3, "updated_at": NOON}
    assert entries(report) == [
        {"seq": 2, "kind": "noted", "text": "Besok"},
        {"seq": 3, "kind": "noted", "text": "Kontraktor", "visibility": "internal"},
    ]


def test_the_reporter_confirms_a_result_and_nobody_else_does():
    report = stored("resolved", ending="solved", ended_at=MORNING)
    assert refused(commands.confirm, report.code, OFFICER)[0] == "wrong_actor"
    was = row(report)
    given = commands.confirm(report.code, REPORTER)
    assert said(given) == row(report)
    assert changed(report, was) == {"state": "confirmed", "ended_at": NOON, "seq": 2, "updated_at": NOON}
    assert entries(report) == [
        {
            "seq": 2, "kind": "confirmed", "actor": "reporter", "body": None, "state_from": "resolved",
            "state_to": "confirmed", "data": {"ending": "solved"},
        }
    ]  # fmt: skip


@pytest.mark.parametrize("stars", [1, 5])
def test_stars_for_a_result_confirm_it_first(stars):
    report = stored("resolved", ending="solved")
    given = commands.rate(report.code, REPORTER, stars, " Bagus ")
    assert (given.state, given.stars, given.ending) == ("confirmed", stars, "solved")
    assert said(given) == row(report)
    assert entries(report) == [
        {
            "seq": 2, "kind": "confirmed", "actor": "reporter", "body": None, "state_from": "resolved",
            "state_to": "confirmed", "data": {"ending": "solved"},
        },
        {"seq": 3, "kind": "rated", "actor": "reporter", "body": None, "text": "Bagus", "data": {"stars": stars}},
    ]  # fmt: skip


@pytest.mark.parametrize("state", ["confirmed", "closed", "rejected", "duplicate"])
def test_stars_for_what_has_ended_otherwise_change_no_state(state):
    report = stored(state)
    was = row(report)
    commands.rate(report.code, REPORTER, 3)
    assert changed(report, was) == {"stars": 3, "seq": 2, "updated_at": NOON}
    assert entries(report) == [{"seq": 2, "kind": "rated", "actor": "reporter", "body": None, "data": {"stars": 3}}]


def test_stars_are_one_to_five_of_the_reporter_for_what_has_ended():
    report, ended = stored("in_progress"), stored("resolved")
    for stars in (0, 6, -1):
        told = refused(commands.rate, ended.code, REPORTER, stars)
        assert told == ("bad_stars", 422, "stars", "Give one to five stars.")
    told = refused(commands.rate, ended.code, OFFICER, 5)
    assert told == ("wrong_actor", 403, "", "Only the reporter can rate the answer.")
    told = refused(commands.rate, report.code, REPORTER, 5)
    assert told == ("wrong_state", 409, "", "A report can be rated once it has ended.")
    assert entries(report) == entries(ended) == []


def test_whoever_gets_a_transfer_promises_and_where_it_can_only_wait_all_of_it_may_be_taken_back():
    Promise.objects.create(body_id="id.pu", priority=2, answer_hours=3, solve_hours=5)
    bodies.promises_changed()
    given = commands.transfer(stored().code, OFFICER, "id.pu", "Jalan nasional")
    assert (given.answer_by - NOON, given.deadline_at - NOON) == (timedelta(hours=3), timedelta(hours=5))
    waits = stored()
    commands.transfer(waits.code, replace(OFFICER, regrets=True), "32.16", "Di seberang")
    assert [(one["kind"], one["data"].get("regrets")) for one in entries(waits)] == [
        ("transferred", True), ("awaiting_partner", True),
    ]  # fmt: skip


@pytest.mark.parametrize(("before", "after"), [("accepted", "routed"), ("forwarded", "forwarded")])
def test_a_transfer_by_mistake_comes_back_as_new(before, after):
    report = stored("forwarded", body_id="id.pu", seq=4)
    told = refused(commands.take_back, report.code, OFFICER, "31.roads", "Keliru", before=before, expected_seq=3)
    assert told[:2] == ("changed_meanwhile", 409)
    given = commands.take_back(report.code, OFFICER, "31.roads", " Keliru ", before=before, expected_seq=4)
    assert said(given) == row(report)
    assert (given.body_id, given.state) == ("31.roads", after)
    (told,) = entries(report)
    assert (told["kind"], told["text"], told["data"]["from_body"], told["data"]["to_body"]) == (
        "transferred", "Keliru", "id.pu", "31.roads",
    )  # fmt: skip


@pytest.mark.parametrize("who", [REPORTER, OFFICER])
def test_a_result_that_is_none_is_opened_again_with_reason_and_photos(who):
    report = stored("confirmed", ending="solved", ended_at=MORNING, contest_count=2)
    was = row(report)
    given = commands.reopen(report.code, who, " Masih ", photos=[photo().pk], expected_seq=1)
    assert said(given) == row(report)
    assert changed(report, was) == {
        "state": "routed", "ending": "", "ended_at": None, "seq": 2, "updated_at": NOON, "photo_count": 1,
        "reopen_count": 1, "contest_count": 0,
    }  # fmt: skip
    assert bound(report) == [("contest", 2)]
    (told,) = entries(report)
    assert (told["kind"], told["text"], told.get("actor", "officer")) == ("reopened", "Masih", who.actor)
    assert (told["state_from"], told["state_to"]) == ("confirmed", "routed")


def test_what_has_not_ended_is_not_opened_again():
    assert refused(commands.reopen, stored("accepted").code, REPORTER, "Masih") == WRONG_STATE


def test_a_neighbour_objects_with_a_photo_and_the_result_stands_until_the_body_answers():
    report, neighbour = stored("resolved", ending="solved"), citizen()
    was = row(report)
    given = commands.contest(report.code, neighbour, " Belum ", photos=[photo().pk])
    assert said(given) == row(report)
    assert changed(report, was) == {"contest_count": 1, "photo_count": 1, "seq": 2, "updated_at": NOON}
    assert bound(report) == [("contest", 2)]
    assert entries(report) == [
        {
            "seq": 2, "kind": "contested", "actor": "citizen", "person": neighbour.person.pk, "body": None,
            "text": "Belum",
        }
    ]  # fmt: skip


@pytest.mark.parametrize("step", [commands.reopen, commands.contest])
def test_the_same_words_with_another_photo_show_more(step):
    who = REPORTER if step is commands.reopen else citizen()
    report = stored("resolved", ending="solved", photo_count=0)
    first, other = photo(), photo()
    Photo.objects.filter(pk=other.pk).update(sha256="b" * 64)
    step(report.code, who, "Belum", photos=[first.pk])
    told = refused(step, report.code, who, "Belum", photos=[other.pk])
    assert told[0] in {"wrong_state", "contested_before"}
    assert len(entries(report)) == 1


def test_of_a_secret_report_those_who_may_only_read_at_its_body_say_nothing_and_whoever_works_there_does():
    viewer, officer, admin = citizen("v"), citizen("o"), citizen("a")
    for who, role in ((viewer, "viewer"), (officer, "officer"), (admin, "viewer")):
        Membership.objects.create(person=who.person, body_id="31.roads", role=role)
    admin.person.is_superuser = True
    secret, public = (stored("resolved", is_restricted=hidden) for hidden in (True, False))
    told = ("forbidden", 403, "", "You may read here, but not change anything.")
    assert refused(commands.comment, secret.code, viewer, "Halo") == told
    assert refused(commands.support, secret.code, viewer.person) == told
    assert refused(commands.contest, secret.code, viewer, "Belum", photos=[photo().pk]) == told
    assert entries(secret) == []
    for who in (officer, admin, citizen("n"), REPORTER, Who(viewer.person, Actor.OFFICER, "31.roads")):
        commands.may_say(secret, who)
    commands.comment(public.code, viewer, "Halo")
    commands.may_say(stored("received", is_restricted=True, body_id=None), viewer)


def test_the_reporters_own_objection_opens_the_result_at_once():
    report = stored("resolved")
    given = commands.contest(report.code, REPORTER, " Belum ", photos=[photo().pk])
    assert (given.state, given.reopen_count) == ("routed", 1)
    assert bound(report) == [("contest", 2)]
    assert (entries(report)[0]["kind"], entries(report)[0]["text"]) == ("reopened", "Belum")


def test_an_objection_needs_an_account_a_photo_and_a_result():
    report, neighbour, open_one = stored("resolved"), citizen(), stored()
    given = [photo().pk]
    told = refused(commands.contest, report.code, Who(None, Actor.CITIZEN), "Belum", photos=given)
    assert told == ("sign_in", 401, "", "Sign in to contest a result.")
    told = refused(commands.contest, report.code, neighbour, "Belum", photos=[])
    assert told == ("photo_required", 422, "photos", "Add a photo that shows how it looks now.")
    assert refused(commands.contest, open_one.code, neighbour, "Belum", photos=given) == WRONG_STATE
    assert entries(report) == entries(open_one) == []


def test_one_person_objects_to_one_result_once_and_to_another_result_again():
    report, neighbour, other = stored("resolved"), citizen(), citizen("m")
    commands.comment(report.code, neighbour, "Saya lihat nanti")  # no objection yet

    def object(who: Who, text: str = "Belum") -> None:
        commands.contest(report.code, who, text, photos=[photo().pk])

    def result() -> None:
        commands.resolve(report.code, OFFICER, no_photo_reason="x")

    for _result in range(2):
        object(neighbour)
        words = "You have contested this result already."
        assert refused(object, neighbour, "Belum juga") == ("contested_before", 409, "", words)
        object(other)
        commands.reopen(report.code, OFFICER, "Benar")
        result()
    object(neighbour)
    assert refused(object, neighbour, "Belum juga")[0] == "contested_before"


@pytest.mark.parametrize(("before", "reopened"), [(0, False), (1, False), (2, True), (3, True)])
def test_the_third_who_objects_opens_the_result(before, reopened):
    report = stored("resolved", contest_count=before)
    given = commands.contest(report.code, citizen(), "Belum", photos=[photo().pk])
    assert (given.state == "routed", given.reopen_count, given.contest_count) == (
        (True, 1, 0) if reopened else (False, 0, before + 1)
    )
    assert said(given) == row(report)
    assert entries(report)[1:] == (
        [
            {
                "seq": 3, "kind": "reopened", "actor": "system", "body": None, "state_from": "resolved",
                "state_to": "routed", "data": {"contests": before + 1, "ending": ""},
            }
        ] if reopened else []
    )  # fmt: skip


def test_anybody_with_an_account_and_the_reporter_without_one_may_comment():
    report, neighbour = stored(), citizen()
    told = refused(commands.comment, report.code, Who(None, Actor.CITIZEN), "Saya juga")
    assert told == ("sign_in", 401, "", "Sign in to comment.")
    given = commands.comment(report.code, neighbour, " Saya juga ")
    commands.comment(report.code, REPORTER, "Terima kasih")
    assert given.pk == report.pk
    assert Report.objects.get().comment_count == 2
    assert entries(report) == [
        {
            "seq": 2, "kind": "commented", "actor": "citizen", "person": neighbour.person.pk, "body": None,
            "text": "Saya juga",
        },
        {"seq": 3, "kind": "commented", "actor": "reporter", "body": None, "text": "Terima kasih"},
    ]  # fmt: skip


def test_each_person_supports_a_report_once_and_the_reporter_not_at_all():
    mine, neighbour = person(), person("n@contoh.id")
    report, other = stored(reporter=mine), stored()
    was = row(report)
    assert refused(commands.support, report.code, None) == (
        "sign_in", 401, "", "Sign in first: every person counts once.",
    )  # fmt: skip
    assert refused(commands.support, report.code, mine) == (
        "own_report", 409, "", "This is your own report: it counts already.",
    )  # fmt: skip
    for _tap in range(2):
        given = commands.support(report.code, neighbour)
        assert (given.pk, given.support_count) == (report.pk, 1)
    assert commands.support(other.code, neighbour).support_count == 1
    assert changed(report, was) == {"support_count": 1, "seq": 2, "updated_at": NOON}
    assert entries(report) == [
        {"seq": 2, "kind": "supported", "actor": "citizen", "person": neighbour.pk, "body": None}
    ]
    assert set(Support.objects.values_list("report_id", "person_id")) == {
        (report.pk, neighbour.pk), (other.pk, neighbour.pk),
    }  # fmt: skip


@pytest.mark.parametrize("privacy", ["public", "anonymous", "secret"])
def test_a_look_at_who_the_reporter_is_leaves_an_entry_that_the_reporter_reads(privacy):
    mine = person()
    report = stored(reporter=mine, privacy=privacy)
    boss = Who(person("kepala@contoh.id", is_superuser=True), Actor.OFFICER)
    member = Who(person("petugas@contoh.id"), Actor.OFFICER, "31.roads")
    words = "The reporter asked to stay hidden: only the platform's administrator may look."
    for who in (OFFICER, member):
        if privacy == "public":
            assert commands.look_at_identity(report.code, who, "Alamat") == mine
        else:
            told = refused(commands.look_at_identity, report.code, who, "Alamat")
            assert told == ("identity_hidden", 403, "", words)
    assert len(entries(report)) == (2 if privacy == "public" else 0)
    assert commands.look_at_identity(report.code, boss, " Perintah ") == mine
    told = entries(report)[-1]
    assert (told["kind"], told["text"], told["visibility"]) == ("identity_seen", "Perintah", "reporter")
    assert told["person"] == boss.person.pk


def test_a_report_made_without_an_account_is_joined_to_the_account_that_holds_its_token_once():
    report, mine = stored(claim_hash=hash_claim("kunci")), person()
    was = row(report)
    assert refused(commands.claim, None, "kunci") == (
        "sign_in", 401, "", "Sign in first: the report is joined to your account.",
    )  # fmt: skip
    bad = ("bad_claim", 404, "", "This link has been used already, or is not complete.")
    assert refused(commands.claim, mine, "lain") == bad
    given = commands.claim(mine, "kunci")
    assert said(given) == row(report)
    assert changed(report, was) == {"reporter": mine.pk, "claim_hash": "", "seq": 2, "updated_at": NOON}
    assert entries(report) == [
        {"seq": 2, "kind": "claimed", "actor": "reporter", "person": mine.pk, "body": None, "visibility": "reporter"}
    ]
    for token in ("kunci", ""):
        assert refused(commands.claim, person(f"{token}x@contoh.id"), token) == bad


def test_a_report_that_waited_is_handed_over_once_its_body_takes_part():
    report = stored("awaiting_partner")
    assert commands.hand_over(report.code) is True
    assert entries(report) == [
        {
            "seq": 2, "kind": "handed_over", "actor": "system", "body": None, "state_from": "awaiting_partner",
            "state_to": "routed", "data": {"ending": ""},
        }
    ]  # fmt: skip
    assert commands.hand_over(report.code) is False
    assert Report.objects.get().seq == 2


def test_a_report_that_was_passed_on_waits_for_its_partner_as_one_that_was_passed_on():
    report = stored("awaiting_partner")
    for seq, came in enumerate(("received", "forwarded"), start=2):
        waits = {"kind": "awaiting_partner", "state_from": came, "state_to": "awaiting_partner"}
        Entry.objects.create(report=report, seq=seq, actor="system", **waits)
    Report.objects.update(seq=3)
    assert commands.hand_over(report.code) is True
    assert row(report)["state"] == "forwarded"


def test_what_does_not_wait_here_or_for_a_partner_is_not_handed_over():
    left_alone = [
        stored("routed"), stored("awaiting_partner", away=True), stored("awaiting_partner", body_id="32.16"),
        stored("awaiting_partner", body_id=None),
    ]  # fmt: skip
    for report in left_alone:
        assert commands.hand_over(report.code) is False
        assert entries(report) == []


@pytest.mark.parametrize("state", ["routed", "forwarded", "accepted", "in_progress", "referred"])
def test_a_report_in_the_queue_of_a_body_that_has_left_waits_openly(state):
    report = stored(state, body_id="32.16")
    assert commands.release(report.code) is True
    assert entries(report) == [
        {
            "seq": 2, "kind": "awaiting_partner", "actor": "system", "body": None, "state_from": state,
            "state_to": "awaiting_partner", "data": {"ending": ""},
        }
    ]  # fmt: skip


def test_what_is_in_no_queue_here_or_with_a_partner_is_not_released():
    states = [state for state in State if state not in {"routed", "forwarded", "accepted", "in_progress", "referred"}]
    left_alone = [stored(state, body_id="32.16") for state in states]
    for report in [*left_alone, stored("routed", body_id="32.16", away=True), stored("routed")]:
        assert commands.release(report.code) is False
        assert entries(report) == []


def test_a_result_nobody_spoke_against_is_closed_and_nothing_else_is():
    report = stored("resolved", ending="solved", ended_at=MORNING)
    was = row(report)
    assert commands.expire(report.code) is True
    assert changed(report, was) == {"state": "closed", "ended_at": NOON, "seq": 2, "updated_at": NOON}
    assert entries(report) == [
        {
            "seq": 2, "kind": "expired", "actor": "system", "body": None, "state_from": "resolved",
            "state_to": "closed", "data": {"ending": "solved"},
        }
    ]  # fmt: skip
    for other in (report, stored("resolved", away=True), stored("accepted")):
        seq = Report.objects.get(pk=other.pk).seq
        assert commands.expire(other.code) is False
        assert Report.objects.get(pk=other.pk).seq == seq


def test_results_that_wait_for_an_answer_since_before_a_moment_are_listed_oldest_first():
    late = [stored("resolved", ended_at=MORNING - timedelta(days=day)).code for day in (1, 9, 2)]
    stored("resolved", ended_at=MORNING)
    stored("resolved", ended_at=MORNING - timedelta(days=1), away=True)
    stored("confirmed", ended_at=MORNING - timedelta(days=1))
    assert commands.overdue_results(MORNING) == late


def test_of_very_many_results_a_thousand_are_listed_at_a_time():
    fields = {"category_id": "road_damage", "state": "resolved", "ended_at": MORNING, "digest": "d"}
    Report.objects.bulk_create([Report(code=f"c{at}", submission_id=uuid4(), **fields) for at in range(1001)])
    assert commands.overdue_results(NOON) == [f"c{at}" for at in range(1000)]


def test_a_second_tap_says_and_does_nothing_twice():
    asked = stored("resolved")
    for act, given in (
        (commands.comment, ["Sama"]), (commands.confirm, []), (commands.rate, [4, "Cepat"]),
        (commands.reopen, ["Masih bocor"]),
    ):  # fmt: skip
        told = [act(asked.code, REPORTER, *given).seq for _tap in range(2)]
        assert told[0] == told[1], act
    told = [commands.comment(asked.code, who, words).seq
            for who, words in ((REPORTER, "a"), (REPORTER, "b"), (citizen(), "b"), (REPORTER, "b"))]  # fmt: skip
    assert len({*told}) == 4
    Entry.objects.filter(seq=told[-1]).update(at=MORNING - timedelta(days=1))  # not sent again: said again
    assert commands.comment(asked.code, REPORTER, "b").seq == told[-1] + 1
    by_rule = Who(None, Actor.OFFICER, asked.body_id, "Terima kasih")
    for follows in (
        lambda: tell(asked.code, "photo_checked").seq, lambda: commands.note(asked.code, by_rule, "Kami baca").seq,
    ):  # fmt: skip
        assert follows() == commands.comment(asked.code, REPORTER, "b").seq
    commands.note(asked.code, OFFICER, "Kami baca")
    assert commands.comment(asked.code, REPORTER, "b").seq == Entry.objects.filter(report=asked).count() + 1
    one, again = stored("resolved"), citizen("m")
    pictures = [photo().pk for _tap in range(2)]
    told = [commands.contest(one.code, again, "Belum", photos=[picture]).seq for picture in pictures]
    assert told[0] == told[1]
    assert refused(commands.contest, one.code, again, "Sama sekali belum", photos=[photo().pk])[0] == "contested_before"
    assert commands.rate(one.code, REPORTER, 4).seq != commands.rate(one.code, REPORTER, 2).seq
    third = stored("resolved", contest_count=2)  # whose objection opens it: a step of the house follows by itself
    told = [commands.contest(third.code, again, "Belum", photos=[photo().pk]).seq for _tap in range(2)]
    assert told == [3, 3]
    assert refused(commands.contest, third.code, again, "Sama sekali belum", photos=[photo().pk]) == WRONG_STATE


def test_only_the_house_lets_a_report_wait_and_only_from_a_queue():
    report = stored("confirmed")
    assert refused(commands.wait_for_partner, report) == WRONG_STATE
    assert refused(commands.accept, stored().code, SYSTEM)[0] == "wrong_actor"
