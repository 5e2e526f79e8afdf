"""Reports from another instance are stored whole with their timelines, or not at all."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import h3.api.basic_int as h3
import pytest
from django.core.files.storage import default_storage

from kentongan.reports import restoring
from kentongan.reports.audit import audit
from kentongan.reports.cells import recount
from kentongan.reports.models import Entry, Photo, Report, ReportCell
from kentongan.reports.restoring import Restored, join_originals, restore
from tests.reports.town import MORNING, entries, events, refused, stored
from tests.world import STREET

pytestmark = pytest.mark.usefixtures("town")


def entry(seq: int, kind: str, before: str, after: str, **data: Any) -> Entry:
    actor = "reporter" if kind == "received" else "system" if kind == "routed" else "officer"
    return Entry(
        seq=seq, kind=kind, at=MORNING, actor=actor, state_from=before, state_to=after, data={"ending": "", **data}
    )


def copy(number: int = 7, seq: int = 2, photos: tuple[Photo, ...] = (), **fields: Any) -> Restored:
    """A report as a bundle brings it: received, routed, accepted, as far as `seq`."""
    told = [
        entry(1, "received", "", "received"), entry(2, "routed", "received", "routed", to_body="31.roads"),
        entry(3, "accepted", "routed", "accepted"),
    ][:seq]  # fmt: skip
    given = {
        "code": f"2222-222{number}", "submission_id": UUID(int=number), "digest": "d", "category_id": "road_damage",
        "state": told[-1].state_to, "body_id": "31.roads", "seq": seq, "lon": STREET[0], "lat": STREET[1],
        "created_at": MORNING, "updated_at": MORNING,
    }  # fmt: skip
    return Restored(Report(**{**given, **fields}), tuple(told), photos)


def shown() -> set[tuple[str, int]]:
    """Status and number in the coarsest cells of the map."""
    return set(ReportCell.objects.filter(resolution=2, count__gt=0).values_list("status", "count"))


def test_reports_come_with_their_timelines_and_are_on_the_map():
    both = [copy(7, seq=3), copy(8), copy(9, lon=None, lat=None)]
    assert restore(both) == both
    assert restore([]) == []
    first = Report.objects.get(code="2222-2227")
    assert (first.state, first.cell, first.seq) == ("accepted", h3.latlng_to_cell(STREET[1], STREET[0], 10), 3)
    assert [one["kind"] for one in entries(first)] == ["received", "routed", "accepted"]
    assert shown() == {("in_process", 1), ("waiting", 1)}
    assert events(first) == []
    assert list(audit()) == []


def test_what_is_here_stays_unless_it_lives_elsewhere_and_has_news():
    restore([copy(7), copy(8, away=True), copy(9, away=True)])
    keys = dict(Report.objects.values_list("code", "pk"))
    come = [copy(7, seq=3), copy(8, seq=3, away=False), copy(9, away=False)]
    assert restore(come) == [come[1]]
    assert dict(Report.objects.values_list("code", "pk")) == keys
    found = Report.objects.get(code="2222-2228")
    assert (found.state, found.away, len(entries(found))) == ("accepted", False, 3)
    assert shown() == {("waiting", 2), ("in_process", 1)}
    kept = shown()
    recount()
    assert shown() == kept
    assert list(audit()) == []


def test_a_secret_report_is_on_no_map_and_a_code_that_is_taken_is_drawn_anew():
    stored(code="2222-2227")
    stored(code="2222-2228")
    restore([copy(7, is_restricted=True), copy(8)])
    secret, public = (Report.objects.get(submission_id=UUID(int=number)) for number in (7, 8))
    assert (len(secret.code), len(public.code)) == (29, 9)
    assert public.code != "2222-2228"
    assert shown() == {("waiting", 1)}


@pytest.mark.parametrize(
    ("broken", "what"),
    [
        (lambda: copy(8, state="confirmed"), "state"),
        (lambda: Restored(copy(8).report, ()), "state"),
        (lambda: Restored(Report(code="2222-2228", submission_id=UUID(int=8), state="", ending=""), ()), "no entries"),
    ],
)
def test_one_report_that_is_not_what_its_timeline_tells_keeps_all_of_them_out(broken, what):
    told = refused(restore, [copy(7), broken()])
    words = f"Report 2222-2228 is not what its timeline tells ({what})."
    assert told == ("broken_timeline", 422, "", words)
    assert (Report.objects.count(), Entry.objects.count(), ReportCell.objects.count()) == (0, 0, 0)


def photo() -> Photo:
    return Photo(original="o", content_type="image/jpeg", size=1, width=1, height=1, entry_seq=1)


def test_photos_come_along_and_take_the_place_of_those_of_an_older_copy():
    first, second = photo(), photo()
    restore([copy(7, away=True, photos=(first,))])
    assert Report.objects.get().photo_count == 1
    restore([copy(7, seq=3, photos=(second, photo()))])
    assert Report.objects.get().photo_count == 2
    assert set(Photo.objects.values_list("report__code", flat=True)) == {"2222-2227"}
    assert not Photo.objects.filter(pk=first.pk).exists()
    assert Photo.objects.filter(pk=second.pk).exists()


def test_the_file_of_a_photo_is_kept_once_and_one_cut_short_is_written_anew():
    mine = photo()
    restoring.keep_file(mine, b"half")
    assert mine.original == f"originals/{mine.pk}"
    restoring.keep_file(mine, b"the whole")
    restoring.keep_file(mine, b"THE WHOLE")  # as long: it is there
    with default_storage.open(mine.original) as kept:
        assert kept.read() == b"the whole"


def test_repeats_are_tied_to_what_they_repeat_once_both_are_here():
    def repeat(number: int, original: str) -> Report:
        found = stored("duplicate", code=f"3333-333{number}", seq=4)
        Entry.objects.create(
            report=found, seq=4, kind="merged", actor="officer", state_to="duplicate", data={"original": original}
        )
        return found

    here = stored(code="2222-2222")
    joined = repeat(2, "2222-2222")
    for number, original in ((3, "2222-9999"), (4, "3333-3334"), (5, "")):  # not here, itself, nobody
        repeat(number, original)
    assert join_originals() == 1
    assert join_originals() == 0
    assert dict(Report.objects.exclude(original=None).values_list("code", "original")) == {joined.code: here.pk}
