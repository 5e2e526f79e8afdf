"""Past reports of an older system stand here as they were: rows, timelines and the counts of the map."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.utils import translation

from kentongan.catalogue.models import Category
from kentongan.reports import past
from kentongan.reports.audit import audit
from kentongan.reports.decision import Decision
from kentongan.reports.models import Report, ReportCell
from kentongan.reports.past import Decided, Outcome, Past, import_past, write
from kentongan.reports.states import StepRefused
from tests.reports.town import MORNING, NOON, entries, events, stored
from tests.world import STREET

pytestmark = pytest.mark.usefixtures("town")

ROUTED = Decided.of(Decision("31.roads", "routed", ()))
GAMBIR = ("31", "31.71", "31.71.01", "31.71.01.1001")
ENDED = MORNING + timedelta(hours=1)


def one(outcome: Outcome = Outcome.DONE, category: str = "road_damage", **fields: Any) -> Past:
    given = Past(
        f"{7:032x}", Category.objects.get(code=category), "Lubang", *STREET, "exact", "", GAMBIR, ROUTED, MORNING,
        outcome, ENDED, NOON, "Ditambal",
    )  # fmt: skip
    return given._replace(**fields)


@pytest.mark.parametrize(
    ("outcome", "settled", "state", "ending", "kinds", "ended"),
    [
        (Outcome.WAITING, None, "routed", "", [], None),
        (Outcome.IN_PROCESS, None, "accepted", "", ["accepted"], None),
        (Outcome.DONE, None, "resolved", "solved", ["resolved"], ENDED),
        (Outcome.DONE, NOON, "closed", "solved", ["resolved", "expired"], NOON),
        (Outcome.CLOSED, NOON, "rejected", "closed_without_fix", ["rejected"], ENDED),
        (Outcome.PASSED_ON, NOON, "rejected", "passed_on", ["rejected"], ENDED),
    ],
)
def test_a_past_report_has_the_life_that_its_outcome_tells(outcome, settled, state, ending, kinds, ended):
    assert import_past(write([one(outcome, settled_at=settled)])) == 1
    report = Report.objects.get()
    assert (report.state, report.ending, report.body_id, report.ended_at) == (state, ending, "31.roads", ended)
    assert (report.created_at, report.deadline_at) == (MORNING, MORNING + timedelta(hours=48))
    assert [entry["kind"] for entry in entries(report)] == ["received", "routed", *kinds]
    assert [entry.get("text") for entry in entries(report)[2:]] == ["Ditambal", None][: len(kinds)]
    assert list(audit()) == []
    assert events(report) == []  # nobody hears of it anew


def test_a_past_result_says_in_the_readers_language_why_it_has_no_photo():
    with translation.override("en"):
        import_past(write([one()]))
    resolved = entries(Report.objects.get())[2]
    assert resolved["data"]["no_photo_reason"] == "Brought from the system that was used before."


def test_past_reports_are_counted_on_the_map_but_for_secret_ones_and_those_without_a_place():
    secret = one(category="bribery", submission_id=f"{8:032x}")
    nowhere = one(lon=None, lat=None, areas=(), submission_id=f"{9:032x}")
    assert import_past(write([one(), secret, nowhere])) == 3
    assert set(ReportCell.objects.values_list("status", "count")) == {("done", 1)}
    codes = dict(Report.objects.values_list("submission_id", "code"))
    assert sorted(len(code) for code in codes.values()) == [9, 9, 29]
    unplaced = Report.objects.get(lon=None)
    assert (unplaced.cell, unplaced.village_code, unplaced.address) == (None, "", "")


def test_a_kind_without_a_promise_has_no_deadline_and_a_body_that_takes_no_part_lets_it_wait():
    waits = replace(ROUTED, body="32.16", state="awaiting_partner")
    import_past(write([one(Outcome.WAITING, "waste", decision=waits, ended_at=MORNING)]))
    report = Report.objects.get()
    assert (report.deadline_at, report.state) == (None, "awaiting_partner")
    assert entries(report)[1]["kind"] == "awaiting_partner"
    with pytest.raises(StepRefused):
        write([one(Outcome.DONE, decision=waits)])


def test_what_is_brought_twice_in_one_file_or_in_two_is_stored_once():
    [written] = write([one()])
    assert import_past([]) == 0
    assert import_past([written, written]) == 1
    assert import_past([written, *write([one(submission_id=f"{8:032x}")])]) == 1
    stored(submission_id=f"{9:032x}")  # a person's own report has no say in what a file brings
    assert import_past(write([one(submission_id=f"{9:032x}")])) == 1
    assert Report.objects.count() == 4


@pytest.mark.parametrize(("taken", "fits"), [(2, True), (3, False)])
def test_a_code_that_is_taken_is_drawn_anew_with_the_whole_piece(monkeypatch, taken, fits):
    before = stored(code="2222-2222").code
    drawn = [*[before] * taken, "7KQF-M2RD"]
    monkeypatch.setattr(past, "new_code", lambda restricted: drawn.pop(0))
    if fits:
        assert import_past(write([one()])) == 1
        assert Report.objects.filter(code="7KQF-M2RD", channel="import").exists()
    else:
        with pytest.raises(IntegrityError):
            import_past(write([one()]))
        assert Report.objects.count() == 1
