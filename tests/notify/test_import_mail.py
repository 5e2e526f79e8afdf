"""Staff read in their next mail that somebody brought past reports into their queue: one line, however many."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kentongan import notify, routing
from kentongan.foundation.outbox import Event
from kentongan.notify.models import Message, StaffMail
from kentongan.routing import importing
from tests.notify.test_staff_mail import clock, drain, made, morning, officer, staff
from tests.routing.test_importing import DONE, HEADER, MAPPING, OPEN
from tests.world import BEKASI, STREET

__all__ = ["clock", "officer"]
pytestmark = pytest.mark.django_db
ROWS = [OPEN.replace("1,", f"{number},", 1) for number in range(1, 8)]


@pytest.fixture
def bring(tmp_path):
    """Imports rows as a file would bring them; what was enqueued for it, in `told`."""

    def imported(*rows):
        (tmp_path / "map.yaml").write_text(MAPPING)
        (tmp_path / "past.csv").write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
        found = routing.import_file(
            tmp_path / "past.csv", routing.read_mapping(tmp_path / "map.yaml"), contested_for=timedelta(days=14)
        )
        imported.told = list(Event.objects.filter(topic="reports.imported").values_list("payload", flat=True))
        drain()
        return found

    return imported


@pytest.mark.parametrize(
    ("language", "said"),
    [("id", "7 laporan lama diimpor ke antrean Anda"), ("en", "7 old reports imported into your queue")],
)
def test_an_import_is_one_line_of_the_next_mail(officer, clock, bring, language, said):
    officer.language = language
    officer.save()
    assert bring(*ROWS, DONE.replace("2,", "20,", 1)).new == 8  # what has ended is no work
    (mail,) = morning(clock)
    assert mail.address == officer.email
    assert said in mail.subject
    assert said in mail.body
    assert "/console/reports/" not in mail.body
    assert morning(clock, 24) == []


def test_what_is_in_process_is_work_too_and_each_body_reads_of_its_own(officer, clock, bring):
    staff("bekasi@contoh.id", "32.16")
    far = ROWS[6].replace(f"{STREET[0]},{STREET[1]}", f"{BEKASI[0]},{BEKASI[1]}")  # no partner: it waits for them
    bring(ROWS[0], ROWS[1].replace("Baru", "Dikerjakan"), far, DONE.replace("2,", "20,", 1))
    assert bring.told == [{"bodies": {"31.roads": 2}}]
    (mail,) = morning(clock)
    assert (mail.address, "2 laporan lama" in mail.subject) == (officer.email, True)


def test_a_repeated_import_tells_nothing_again(officer, clock, bring):
    bring(*ROWS)
    assert len(morning(clock)) == 1
    assert bring(*ROWS).known == 7
    assert bring.told == []
    assert morning(clock, 24) == []
    assert bring(*ROWS, ROWS[0].replace("1,", "99,", 1)).new == 1
    (mail,) = morning(clock, 24)
    assert "1 laporan lama diimpor" in mail.subject


def test_a_long_file_in_many_transactions_is_one_line(officer, clock, bring, monkeypatch):
    monkeypatch.setattr(importing, "BATCH", 2)
    bring(*ROWS)
    (mail,) = morning(clock)
    assert "7 laporan lama diimpor" in mail.subject


def test_an_import_that_is_undone_tells_nobody(officer, clock, bring, monkeypatch):
    def lost(*_given):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("kentongan.reports.cells.count", lost)
    before = set(Event.objects.values_list("pk", flat=True))
    with pytest.raises(RuntimeError, match="disk"):
        bring(*ROWS)
    assert [one for one in Event.objects.values() if one["id"] not in before] == []


@pytest.mark.parametrize("kinds", [["contested", "due"], ["new"]])
def test_whoever_wants_no_new_reports_hears_of_no_import(officer, clock, bring, kinds):
    notify.choose(officer, "daily", kinds)
    bring(*ROWS)
    assert len(morning(clock)) == ("new" in kinds)


def test_whoever_wants_no_mail_hears_of_no_import_later_either(officer, clock, bring):
    notify.choose(officer, "off", [])
    bring(*ROWS)
    notify.choose(officer, "daily", ["new"])
    assert morning(clock) == []


def test_an_import_hurries_nobody_and_stands_beside_what_is_new(officer, clock, bring):
    notify.choose(officer, "at_once", ["new"])
    clock.time += timedelta(minutes=1)
    notify.write_to_staff()
    due = StaffMail.objects.get().due_at
    bring(*ROWS)
    assert StaffMail.objects.get().due_at == due
    report = made()
    clock.time += timedelta(minutes=10)
    assert notify.write_to_staff() == 1
    mail = Message.objects.exclude(staff_of=[]).get()
    assert "1 laporan baru, 7 laporan lama diimpor" in mail.subject
    assert report.code in mail.body


def test_whoever_has_left_the_body_reads_nothing_of_it(officer, clock, bring):
    bring(*ROWS)
    officer.memberships.update(until=clock.time)
    assert morning(clock) == []
