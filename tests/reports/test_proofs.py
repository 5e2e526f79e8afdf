"""What the house can prove of a report: its timeline, its photos, where it lives, and with what it is joined."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from kentongan import places, reports
from kentongan.bodies.models import Membership
from kentongan.reports import decoding, merging
from kentongan.reports.addressing import address_all
from kentongan.reports.audit import audit
from kentongan.reports.decision import Alternative, Decision
from kentongan.reports.derivatives import NotShown
from kentongan.reports.evidence import attach_evidence, found_out, marks
from kentongan.reports.models import Entry, Photo, Report, Support
from kentongan.reports.moving import moved_token
from kentongan.reports.tasks import derive
from tests.pictures import picture
from tests.reports.town import MORNING, NOON, OFFICER, changed, entries, refused, row, stored
from tests.world import BEKASI, STREET, person

pytestmark = pytest.mark.usefixtures("town")


def photo(**fields) -> Photo:
    return Photo.objects.create(original="o", content_type="image/jpeg", size=1, width=1, height=1, **fields)


def told(*steps: tuple[str, str, str], **fields) -> Report:
    """A report whose timeline says these steps: kind, state before, state after."""
    report = stored(steps[-1][2], seq=len(steps), body_id=None, **fields)
    for seq, (kind, before, after) in enumerate(steps, start=1):
        data = {"ending": ""}
        Entry.objects.create(
            report=report, seq=seq, kind=kind, actor="officer", state_from=before, state_to=after, data=data
        )
    return report


def differences() -> list[tuple[str, object, object]]:
    return [(one.what, one.row, one.timeline) for one in audit()]


def test_a_timeline_that_the_table_of_states_permits_proves_its_row():
    told(("received", "", "received"), ("routed", "received", "routed"), ("accepted", "routed", "accepted"))
    assert differences() == []


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        ([("routed", "", "routed")], [("entry 1", " to routed", "")]),
        (
            [("received", "", "received"), ("confirmed", "received", "confirmed")],
            [("entry 2", "received to confirmed", "received")],
        ),
        (
            [("received", "", "received"), ("routed", "received", "routed"), ("accepted", "referred", "accepted")],
            [("entry 3", "referred to accepted", "routed")],
        ),
    ],
)
def test_a_step_that_the_table_does_not_permit_is_named(steps, found):
    told(*steps)
    assert differences() == found


def test_an_entry_that_somebody_took_away_is_missed():
    report = told(("received", "", "received"), ("noted", "", ""), ("routed", "received", "routed"))
    report.entries.filter(seq=2).delete()
    Report.objects.update(state="routed")
    assert differences() == [("seq", 3, 2), ("entry 2", 3, "missing")]


def test_a_rule_that_nearly_won_makes_a_decision_doubtful():
    sure = Decision("31", "routed", (), (Alternative("id.pu", ()),))
    assert not sure.is_doubtful
    assert Decision("31", "routed", (), (*sure.alternatives, Alternative("32.16", (), doubt=True))).is_doubtful


def test_at_most_five_photos_are_given_and_each_has_to_be_there_unused():
    report, used = stored(), photo(report=stored())
    words = "A photo was not found or is already used. Add it again."
    many = [uuid4() for _ in range(6)]
    assert refused(attach_evidence, report, many, "after") == (
        "too_many_photos", 422, "photos", "At most five photos can be added.",
    )  # fmt: skip
    for ids in ([uuid4()], [used.pk], [photo().pk, used.pk]):
        assert refused(attach_evidence, report, ids, "after") == ("unknown_photo", 422, "photos", words)
    five = [photo().pk for _ in range(5)]
    attach_evidence(report, [*five[:4], five[0]], "after")  # one named twice is one
    assert report.photo_count == 4


@pytest.mark.parametrize(
    ("fields", "doubts"),
    [
        ({}, []),
        ({"lon": STREET[0], "lat": STREET[1] + 0.002}, []),  # 222 m
        ({"lon": STREET[0], "lat": STREET[1] + 0.0025}, ["taken_elsewhere"]),  # 278 m
        ({"taken_at": MORNING - timedelta(minutes=5)}, []),
        ({"taken_at": MORNING - timedelta(minutes=6)}, ["taken_before_report"]),
        ({"taken_at": NOON + timedelta(minutes=5)}, []),
        ({"taken_at": NOON + timedelta(minutes=6)}, ["taken_in_future"]),
        ({"marks": ["broken"]}, ["broken"]),
    ],
)
def test_what_is_odd_about_a_photo_stands_beside_it(fields, doubts):
    assert marks(photo(**fields), stored(lon=STREET[0], lat=STREET[1])) == doubts


def test_a_photo_of_a_report_without_a_place_is_taken_nowhere_else():
    assert marks(photo(lon=BEKASI[0], lat=BEKASI[1]), stored()) == []


def test_what_the_worker_finds_out_later_is_told_in_the_timeline_of_the_report_alone():
    loose, clean = photo(), photo(report=stored(), role="after")
    for nothing in (loose, clean):
        found_out(nothing)
    assert not Entry.objects.exists()
    broken = photo(report=stored(), role="report", marks=["broken"])
    found_out(broken)
    assert entries(broken.report)[0]["data"] == {"photo": str(broken.pk), "marks": ["broken"]}
    alike = {"phash": "0" * 16, "quarter_0": "0000"}
    photo(report=stored(), **alike)
    again = photo(report=stored(), role="after", **alike)
    found_out(again)
    assert Photo.objects.get(pk=again.pk).marks == ["seen_before"]


def test_a_photo_that_is_gone_or_damaged_gives_the_worker_nothing_to_do():
    for mine in (str(uuid4()), str(photo(marks=["broken"]).pk), str(photo(ready=True).pk)):
        derive.func(mine)
    assert Photo.objects.filter(ready=False).get().marks == ["broken"]


def test_a_picture_in_very_many_passes_is_no_picture_and_one_in_many_is():
    content = picture(1).read()
    assert decoding.opened(content + b"\xff\xda" * 199).size == (320, 240)
    words = "This photo is damaged. Take or choose it again."
    assert refused(decoding.opened, content + b"\xff\xda" * 200) == ("broken_photo", 422, "photos", words)


def test_a_photo_cut_short_that_somebody_looks_at_is_not_shown_then_or_later():
    mine = photo(phash="0" * 16)
    mine.original = default_storage.save("originals/cut", ContentFile(picture(1).read()[:2000]))
    mine.save()
    for now in (True, False):
        with pytest.raises(NotShown, match=f"^photo {mine.pk} cannot be shown$"):
            reports.photo_file(mine, "thumb", now=now)
        assert Photo.objects.get().marks == ["broken"]


@pytest.mark.parametrize(
    ("kind", "actor", "body"), [("resolved", "officer", "id.pu"), ("resolved", "peer", "31.roads")]
)
def test_a_body_takes_back_no_ending_that_is_not_its_own(kind, actor, body):
    report = stored("resolved", seq=2)
    Entry.objects.create(
        report=report, seq=2, kind=kind, actor=actor, body_id=body, state_from="accepted", state_to="resolved", at=NOON
    )
    words = "This was not ended by your body; open it again instead."
    assert refused(reports.undo, report.code, OFFICER) == ("not_yours", 409, "", words)
    assert not reports.may_undo(report)


def test_everybody_reads_of_the_timeline_what_is_for_them():
    mine, other, member = (person(f"{name}@contoh.id") for name in ("warga", "lain", "petugas"))
    boss = person("kepala@contoh.id", is_superuser=True)
    Membership.objects.create(person=member, body_id="31", role="viewer", since=MORNING)
    report = stored(reporter=mine)
    for seq, (seen, body) in enumerate(
        [("public", None), ("internal", "31.roads"), ("internal", "id.pu"), ("internal", None), ("reporter", None)], 1
    ):
        Entry.objects.create(report=report, seq=seq, kind="noted", actor="officer", visibility=seen, body_id=body)
    read = [[one.seq for one in reports.timeline(report, who)] for who in (None, other, mine, member, boss)]
    assert read == [[1], [1], [1, 5], [1, 2, 4], [1, 2, 3, 4, 5]]


def test_a_report_that_leaves_lives_elsewhere_until_it_comes_back_and_comes_back_once():
    report = stored()
    before = row(report)
    assert refused(reports.depart, report.code, 4, {})[0] == "changed_meanwhile"
    reports.depart(report.code, 1, {"to": "pusat"})
    assert changed(report, before) == {"away": True, "seq": 2, "updated_at": NOON}
    for _twice in range(2):
        assert not reports.arrive(report.code, {"peer": "pusat"}).away
    assert [(one["kind"], one["data"]) for one in entries(report)] == [
        ("moved_out", {"to": "pusat"}), ("moved_in", {"peer": "pusat"}),
    ]  # fmt: skip
    assert moved_token(report) == moved_token(Report.objects.get()) != moved_token(stored())


def chain(length: int) -> list[Report]:
    """Reports each of which goes on with the one before."""
    found = [stored()]
    for _join in range(length):
        found.append(stored("duplicate", original=found[-1]))
    return found


def test_a_join_is_followed_to_its_end_and_a_chain_without_one_is_refused():
    last, report = chain(50)[-1], stored()
    assert merging.may_be_original(report.code, last.code).original is None
    beyond = stored("duplicate", original=last)
    words = "Give the code of another report that is still open."
    for code in (beyond.code, report.code, "2222-2222", "no code"):
        assert refused(merging.may_be_original, report.code, code) == ("bad_original", 422, "original", words)


def test_all_that_goes_on_with_a_report_is_found_over_fifty_joins():
    found = chain(51)
    joined = merging.joined_with([found[0].pk])
    assert set(joined) == {one.pk for one in found[1:51]}
    assert set(joined.values()) == {found[0].pk}
    assert merging.joined_with([]) == {}


def test_a_report_joined_by_mistake_waits_where_its_body_takes_no_part_and_is_in_no_queue_without_a_body():
    first = stored()
    for body, state in (("31.roads", "routed"), ("32.16", "awaiting_partner"), (None, "routed")):
        report = stored("duplicate", original=first, body_id=body)
        back = merging.unmerge(report.code, OFFICER, " Bukan ", expected_seq=1)
        assert (back.state, back.original) == (state, None)
        assert entries(report)[0]["data"] == {"original": first.code, "ending": ""}


def test_only_reports_with_a_place_at_a_known_street_get_an_address_later(monkeypatch):
    monkeypatch.setattr(
        places, "address_at", lambda lon, lat: places.Address(street="Jalan Uji" if (lon, lat) == STREET else "")
    )
    here, far, nowhere = stored(lon=STREET[0], lat=STREET[1]), stored(lon=1.0, lat=1.0), stored()
    heard = []
    assert address_all(lambda *said: heard.append(said)) == 1
    assert heard == [("addresses", 2, 2)]
    kept = [Report.objects.get(pk=one.pk).address for one in (here, far, nowhere)]
    assert kept == [places.Address(street="Jalan Uji").kept(), "", ""]


def test_a_photo_and_a_support_name_themselves_to_whoever_looks_into_the_tables():
    mine, report, who = photo(), stored(), person()
    assert str(mine) == str(mine.pk)
    assert str(Support.objects.create(report=report, person=who)) == f"{report.pk} by {who.pk}"
