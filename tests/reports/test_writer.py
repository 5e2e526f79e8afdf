"""One writer: what a change of a report leaves in the row, the timeline and the outbox, and what leaves nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from kentongan.foundation.outbox import Event
from kentongan.reports import states
from kentongan.reports.locking import changing, held, holding
from kentongan.reports.models import Entry, Report
from kentongan.reports.states import Actor, Asks, Ending, State, Status, StepRefused
from kentongan.reports.who import SYSTEM, Who
from kentongan.reports.writer import Happening, append, begin, next_state, refuse_part
from tests.reports.town import MORNING, NOON, OFFICER, changed, entries, events, refused, row, said, stored
from tests.world import person

pytestmark = pytest.mark.usefixtures("town")


def write(report: Report, *happened: Happening) -> Report:
    """What a command does with a report: locked, changed, let go."""
    with changing(report.code) as locked:
        for one in happened:
            append(locked, one)
    return locked


def opened(code: str, expected_seq: int | None = None) -> Report:
    with changing(code, expected_seq) as report:
        return report


def test_a_report_is_found_as_a_person_writes_its_code():
    report = stored(code="7KQF-M2RD", seq=4)
    for written in ("7KQF-M2RD", "7kqf m2rd", "7kqfm2rd"):
        assert opened(written) == report
    assert opened("7KQF-M2RD", 4) == report


def test_a_code_that_no_report_has_or_none_could_have_is_not_found():
    stored()
    words = "There is no report with this code. Check the letters and try again."
    for written in ("2222-2222", "no code", ""):
        assert refused(opened, written) == ("not_found", 404, "", words)


def test_who_decides_on_an_older_page_is_told_that_somebody_was_first():
    report = stored(seq=4)
    words = "Somebody else changed this report a moment ago. Read what is new, then decide again."
    for seen in (0, 3, 5):
        assert refused(opened, report.code, seen) == ("changed_meanwhile", 409, "", words)


def test_a_change_that_fails_half_way_leaves_nothing():
    report = stored()
    before = row(report)
    accepted, senseless = (Happening(kind, OFFICER, state=State.ACCEPTED) for kind in ("accepted", None))
    with pytest.raises(IntegrityError):
        write(report, accepted, senseless)
    assert (row(report), entries(report), events(report)) == (before, [], [])


def test_a_step_leaves_a_row_an_entry_and_an_event_that_agree():
    report, officer = stored(), person()
    before = row(report)
    moving = Happening(
        "accepted", Who(officer, Actor.OFFICER, "31"), "Kami kerjakan", State.ACCEPTED, data={"more": 1},
    )  # fmt: skip
    after = write(report, moving)
    assert changed(report, before) == {"state": "accepted", "seq": 2, "updated_at": NOON}
    assert said(after) == row(report)
    assert entries(report) == [
        {
            "seq": 2, "kind": "accepted", "person": officer.pk, "body": "31", "text": "Kami kerjakan",
            "state_from": "routed", "state_to": "accepted", "data": {"more": 1, "ending": ""},
        }
    ]  # fmt: skip
    assert events(report) == [("accepted", 2, 7, "waiting", "in_process")]
    assert Event.objects.get().payload["report"] == report.pk


def test_the_entry_is_given_back_as_it_is_kept():
    report = stored()
    with changing(report.code) as locked:
        entry = append(locked, Happening("noted", OFFICER, "Kami lihat", visibility="internal"))
    assert Entry.objects.get() == entry
    assert (entry.seq, entry.text, entry.report_id) == (2, "Kami lihat", report.pk)
    assert entries(report) == [{"seq": 2, "kind": "noted", "text": "Kami lihat", "visibility": "internal"}]
    assert events(report) == [("noted", 2, 7, "", "")]


def test_the_place_of_a_restricted_report_is_told_to_nobody():
    report = stored(is_restricted=True)
    write(report, Happening("noted", OFFICER, "Rahasia"))
    assert events(report) == [("noted", 2, None, "", "")]


def test_what_goes_to_another_body_is_there_and_says_so_though_it_stays_in_its_state():
    report = stored()
    before = row(report)
    write(report, Happening("sent", OFFICER, body="id.pu", data={"why": "x"}))
    assert changed(report, before) == {"body": "id.pu", "seq": 2, "updated_at": NOON}
    assert entries(report) == [{"seq": 2, "kind": "sent", "body": "id.pu", "data": {"why": "x", "to_body": "id.pu"}}]


def test_what_happened_keeps_its_own_data_though_more_is_kept_with_the_entry():
    happened = Happening("sent", OFFICER, body="id.pu", state=State.ROUTED, data={"why": "x"})
    write(stored(), happened)
    assert happened.data == {"why": "x"}


@pytest.mark.parametrize("state", ["resolved", "confirmed", "closed", "rejected", "duplicate"])
def test_an_ended_report_says_when_and_how(state):
    report = stored()
    before = row(report)
    write(report, Happening("ended", OFFICER, state=State(state), ending=Ending.SOLVED))
    ended = {"state": state, "ending": "solved", "ended_at": NOON, "seq": 2, "updated_at": NOON}
    assert changed(report, before) == ended
    assert entries(report)[0]["data"] == {"ending": "solved"}


def test_a_report_back_in_work_has_no_end_and_goes_on_by_itself():
    first = stored()
    report = stored("duplicate", ending="merged", ended_at=MORNING, original=first)
    before = row(report)
    write(report, Happening("unmerged", OFFICER, state=State.ROUTED))
    back = {"state": "routed", "ending": "", "ended_at": None, "original": None, "seq": 2, "updated_at": NOON}
    assert changed(report, before) == back
    assert events(report) == [("unmerged", 2, 7, "closed", "waiting")]


def test_a_joined_report_keeps_what_it_is_joined_with():
    first, report = stored(), stored()
    with changing(report.code) as locked:
        locked.original = first
        append(locked, Happening("merged", OFFICER, state=State.DUPLICATE, ending=Ending.MERGED))
    assert Report.objects.get(pk=report.pk).original == first


@pytest.mark.parametrize(
    ("kind", "counts"),
    [
        ("supported", {"support_count": 5}),
        ("commented", {"comment_count": 6}),
        ("contested", {"contest_count": 7}),
        ("reopened", {"reopen_count": 8, "contest_count": 0}),
        ("undone", {"contest_count": 0}),
        ("upheld", {"contest_count": 0}),
        ("noted", {}),
    ],
)
def test_each_kind_of_entry_counts_what_it_is_and_no_other(kind, counts):
    report = stored(support_count=4, comment_count=5, contest_count=6, reopen_count=7)
    before = row(report)
    write(report, Happening(kind, OFFICER))
    assert changed(report, before) == {"seq": 2, "updated_at": NOON, **counts}


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        (None, NOON),
        (NOON - timedelta(hours=1), NOON - timedelta(hours=1)),
        (NOON + timedelta(hours=1), NOON),  # the clock elsewhere runs ahead
        (MORNING - timedelta(days=9), MORNING),  # or behind: a timeline never runs backwards
    ],
)
def test_what_happened_elsewhere_stands_at_its_time_but_neither_in_the_future_nor_before_the_last(told, kept):
    report = stored()
    write(report, Happening("resolved", OFFICER, state=State.RESOLVED, ending="solved", at=told))
    found = Report.objects.get(pk=report.pk)
    assert (found.updated_at, found.ended_at, Entry.objects.get().at) == (kept, kept, kept)


def test_a_report_that_lives_elsewhere_is_changed_from_there_and_by_the_house_alone():
    report = stored(away=True)
    words = "This report lives at another instance now, or is on its way there. Open its page again in a minute."
    for actor in (Actor.REPORTER, Actor.CITIZEN, Actor.OFFICER, Actor.PEER):
        assert refused(write, report, Happening("noted", Who(None, actor))) == ("moved", 409, "", words)
    assert entries(report) == []
    write(report, Happening("sent", SYSTEM), Happening("noted", OFFICER, data={"peer": "pusat.go.id"}))
    assert [(one["seq"], one["kind"]) for one in entries(report)] == [(2, "sent"), (3, "noted")]


def unsaved(**fields) -> Report:
    given = {"code": "7KQF-M2RD", "submission_id": UUID(int=7), "digest": "d", "category_id": "road_damage", "cell": 9}
    return Report(**{**given, "created_at": MORNING, "updated_at": MORNING, **fields})


def test_a_new_report_has_its_first_entries_and_their_events_at_once():
    report = unsaved()
    first = [
        Happening("received", Who(None, Actor.REPORTER), state=State.RECEIVED),
        Happening("routed", SYSTEM, state=State.ROUTED, body="31.roads"),
    ]
    with transaction.atomic():
        begin(report, first)
    kept = Report.objects.get()
    assert row(kept) == said(report)
    assert (kept.pk, kept.state, kept.body_id, kept.seq) == (report.pk, "routed", "31.roads", 2)
    assert entries(report) == [
        {
            "seq": 1, "kind": "received", "actor": "reporter", "body": None, "state_to": "received",
            "data": {"ending": ""},
        },
        {
            "seq": 2, "kind": "routed", "actor": "system", "state_from": "received", "state_to": "routed",
            "data": {"ending": "", "to_body": "31.roads"},
        },
    ]  # fmt: skip
    assert events(report) == [("received", 1, 9, "", "waiting"), ("routed", 2, 9, "waiting", "waiting")]


@pytest.mark.parametrize(
    ("reason", "status", "words"),
    [
        ("wrong_state", 409, "This is not possible at the stage the report is in now. Reload the page to see it."),
        ("wrong_actor", 403, "You are not the person who may take this step for this report."),
        ("missing_body", 422, "Say which body the report goes to."),
        ("missing_reason", 422, "Give a reason: the reporter reads it."),
        ("missing_evidence", 422, "Add a photo of the result, or say why there is none."),
        ("missing_original", 422, "Say which report this one repeats."),
        ("missing_parts", 422, "Say what each body is asked to do."),
    ],
)
def test_every_refused_step_is_told_in_words(monkeypatch, reason, status, words):
    def refuse(step, state, *_given):
        raise StepRefused(step, state, reason)

    monkeypatch.setattr("kentongan.reports.writer.take", refuse)
    assert refused(next_state, stored(), "accept", OFFICER) == (reason, status, "", words)


@pytest.mark.parametrize(
    ("what", "answered"),
    [
        (Happening("accepted", OFFICER), True),
        (Happening("noted", OFFICER, "Kami datang besok"), True),
        (Happening("noted", OFFICER, "Siapa yang pergi?", visibility="internal"), False),
        (Happening("prioritised", OFFICER), False),
        (Happening("accepted", replace(OFFICER, rule="Terima kasih")), False),
        (Happening("noted", Who(None, Actor.PEER), "Kami datang besok"), False),
    ],
)
def test_a_body_has_answered_where_somebody_there_did_so_that_the_reporter_hears_of_it(what, answered):
    report = stored(answer_by=NOON)
    write(report, what)
    assert (row(report)["answer_by"] is None) == answered


def test_who_works_on_it_and_how_pressing_it_is_ends_where_another_body_gets_it_and_stays_where_none_does():
    officer = person("petugas@contoh.id")
    for body, stays in (("31.roads", True), ("id.pu", False)):
        report = stored(assignee=officer, priority=3)
        write(report, Happening("transferred", OFFICER, body=body))
        assert (row(report)["assignee"], row(report)["priority"]) == ((officer.pk, 3) if stays else (None, 2))


def test_what_is_split_or_a_part_is_refused_in_words_where_only_the_other_may_be_changed():
    whole = stored("referred")
    part = stored("routed", whole=whole)
    write(whole, Happening("referred", OFFICER, data={"parts": [{"code": part.code}]}))
    assert refused(next_state, whole, "resolve", OFFICER) == (
        "split", 409, "",
        "This report is split: it ends with the last of its parts. To work on it as one, take the split back.",
    )  # fmt: skip
    assert refused(refuse_part, part) == (
        "part", 409, "", "This is a part of a report. Say it on the page of the whole: all who work on it read it.",
    )  # fmt: skip
    refuse_part(whole)


def test_the_table_is_asked_with_all_that_it_decides_by():
    report, evidence = stored("accepted"), frozenset({Asks.EVIDENCE})
    assert next_state(report, "start", OFFICER) == State.IN_PROGRESS
    assert next_state(report, "resolve", OFFICER, evidence) == State.RESOLVED
    assert refused(next_state, report, "resolve", OFFICER)[0] == "missing_evidence"
    assert refused(next_state, report, "resolve", Who(None, Actor.CITIZEN), evidence)[0] == "wrong_actor"
    assert next_state(stored("resolved"), "undo", OFFICER, before=State.REFERRED) == State.REFERRED
    assert states.PUBLIC[next_state(stored("referred"), "accept", OFFICER)] == Status.IN_PROCESS


def test_what_is_held_is_changed_from_memory_and_read_anew_where_it_says_what_is_not_so():
    first, second = stored(code="7KQF-M2RD", seq=4), stored(code="7KQF-M2RE", seq=4)
    with transaction.atomic(), holding([first.pk, second.pk]):
        kept = held(first.pk)
        assert write(first, Happening("noted", SYSTEM, "Satu")) is kept, "read once"
        with pytest.raises(IntegrityError):
            write(first, Happening("noted", SYSTEM, "Dua"), Happening("noted", SYSTEM, None))
        assert (held(first.pk) is kept, held(first.pk).seq) == (False, 5), "the second note never was"
        other = Report.objects.get(pk=second.pk)
        append(other, Happening("noted", SYSTEM, "Lain"))  # as a whole is by its part
        assert held(second.pk).seq == other.seq == 5
    with changing(first.code) as report:
        assert report is not kept, "held no longer than until the end"
