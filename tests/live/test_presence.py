"""Who else has a report open, and what is being written: by the rooms, and by pages and streams."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kentongan import casework, live, reports, routing
from kentongan.casework.models import Draft
from kentongan.live.models import Change, Presence
from kentongan.live.watching import Watcher
from tests.console.test_console import staff
from tests.world import person, submission

pytestmark = pytest.mark.django_db


@pytest.fixture
def report(world):
    return routing.submit(submission(), person("warga@contoh.id")).report


def page(who) -> Client:
    client = Client()
    client.force_login(who)
    return client


def come(who, report) -> list[int]:
    """What the server does where a page's stream begins."""
    return Watcher().come(frozenset({f"at:{report.code}"}), f"person:{who.pk}")


def told() -> list[str]:
    found = list(Change.objects.order_by("pk").values_list("topics", flat=True))
    Change.objects.all().delete()
    return found


def test_colleagues_see_each_other_as_long_as_a_stream_runs_and_nobody_else_sees_them(report):
    budi, sari = staff(name="Budi"), staff("coordinator", name="Sari")
    water = staff(body="31.water", email="air@contoh.id", name="Wati")
    granted = page(budi).get("/live", {"topic": f"at:{report.code}"})
    assert granted.status_code == 204
    assert granted.present == {f"at:{report.code}"}
    for other in (page(water), page(report.reporter), Client()):
        assert other.get("/live", {"topic": f"at:{report.code}"}).status_code == 403
    first, second = come(budi, report), come(budi, report)  # two tabs are one person
    come(water, report)  # let in before the report was passed on, say
    at = f"at:{report.code}"
    assert told() == [at] * 3
    assert [(one.person, one.writes) for one in casework.others(sari, report)] == [(budi, False)]
    assert casework.others(budi, report) == []
    shown = page(sari).get(reverse("console:report", args=[report.code])).text
    assert "<b>Budi</b>" in shown
    assert "Wati" not in shown
    Watcher().go(first)
    assert casework.others(sari, report) != []
    Watcher().go(second)
    assert casework.others(sari, report) == []
    assert told() == [at] * 2
    left = come(budi, report)
    Presence.objects.filter(pk__in=left).update(seen_at=timezone.now() - timedelta(minutes=3))  # its process died
    assert casework.others(sari, report) == []
    Watcher().still(left)
    assert casework.others(sari, report) != []
    Presence.objects.filter(pk__in=left).update(seen_at=timezone.now() - timedelta(minutes=6))
    assert live.sweep_presence() == 1
    told()
    Watcher().go(left)  # it was not dead after all: nobody is told that they went a second time
    assert told() == []


@pytest.mark.django_db(transaction=True)
def test_who_cannot_be_noted_listens_all_the_same_and_the_next_one_is_noted():
    gone = person("warga@contoh.id")
    was = gone.pk
    gone.delete()  # erased between the page and its stream
    assert Watcher().come(frozenset({"at:AAAA-BBBB"}), f"person:{was}") == []
    there = person("lain@contoh.id")
    assert Watcher().come(frozenset({"at:AAAA-BBBB"}), f"person:{there.pk}") != []
    assert live.present("at:AAAA-BBBB") == [there.pk]


def test_an_answer_is_kept_for_who_writes_it_until_it_is_sent_and_others_learn_only_that(report):
    budi, sari = staff(name="Budi"), staff("coordinator", name="Sari")
    desk, other = page(budi), page(sari)
    code = report.code
    keep, here = reverse("console:draft", args=[code]), reverse("console:here", args=[code])
    come(budi, report)
    come(sari, report)
    told()
    words = "Besok pagi kami datang\0 dengan aspal"
    assert desk.post(keep, {"step": "note", "text": words}).status_code == 204
    assert desk.post(keep, {"step": "note", "text": words + "."}).status_code == 204
    assert told() == [f"at:{code}"]  # once, however fast somebody types
    seen = other.get(here).text
    assert "sedang menulis" in seen
    assert "Besok pagi" not in seen + other.get(reverse("console:report", args=[code])).text
    again = desk.get(reverse("console:report", args=[code])).text
    assert "Besok pagi kami datang dengan aspal.</textarea>" in again
    assert "Belum terkirim" in again
    Draft.objects.update(at=timezone.now() - timedelta(seconds=31))
    assert "sedang menulis" not in other.get(here).text
    # Two at once: the second reads that somebody was faster, and what they typed stays theirs.
    assert other.post(keep, {"step": "note", "text": "Saya saja"}).status_code == 204
    report.refresh_from_db()
    said = {"text": "Besok pagi", "visibility": "internal", "expected_seq": report.seq}
    assert desk.post(reverse("console:step", args=[code, "note"]), said).status_code == 302
    assert [one.person for one in Draft.objects.all()] == [sari]  # sent is gone
    assert "sejak Anda membukanya" in other.get(here, {"seq": report.seq}).text
    late = other.post(reverse("console:step", args=[code, "note"]), said | {"text": "Saya saja"})
    assert late.status_code == 409
    assert "Saya saja" in late.text
    assert casework.drafts(sari, report)["note"].text == "Saya saja"


def test_what_is_kept_of_a_draft_is_checked_at_the_door_and_swept(report):
    budi = staff(name="Budi")
    desk, keep = page(budi), reverse("console:draft", args=[report.code])
    assert desk.post(keep, {"step": "apa saja", "text": "x"}).status_code == 422
    assert desk.post(keep, {"step": "note", "text": "x" * 50_000}).status_code == 204
    assert len(Draft.objects.get().text) <= 10_001
    assert desk.post(keep, {"step": "note", "text": "  "}).status_code == 204
    assert not Draft.objects.exists()
    assert page(staff("viewer")).post(keep, {"step": "note", "text": "x"}).status_code == 403
    assert page(report.reporter).post(keep, {"step": "note", "text": "x"}).status_code == 403
    casework.keep_draft(budi, report, "ask", "Pertanyaan")
    Draft.objects.update(at=timezone.now() - timedelta(days=31))
    assert casework.sweep_drafts() == 1
    with transaction.atomic():
        casework.keep_draft(budi, report, "ask", "Pertanyaan")
        who = reports.Who(budi, reports.Actor.OFFICER, "31.roads")
        reports.transfer(report.code, who, "31.water", "Pipa")
    assert casework.others(budi, reports.find(report.code)) == []  # it is no longer theirs to see
