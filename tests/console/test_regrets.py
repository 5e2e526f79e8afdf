"""The last step is taken back within a minute, and no mail of it goes out: by the pages of an officer."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kentongan import notify, reports, routing
from kentongan.foundation import outbox
from kentongan.notify.delivery import deliver
from kentongan.notify.models import Message, Push
from kentongan.reports.audit import audit
from kentongan.reports.models import Report
from kentongan.subscribers import register
from tests.console.test_console import staff
from tests.notify.push_service import Browser
from tests.world import person, submission

pytestmark = pytest.mark.django_db
WATER = "31.water"


class Desk:
    """A coordinator at one report of somebody who reads mail."""

    def __init__(self) -> None:
        self.report = routing.submit(submission(), person("warga@contoh.id")).report
        self.client = Client()
        self.client.force_login(staff("coordinator"))
        self.told()
        Message.objects.all().delete()

    def now(self) -> Report:
        return Report.objects.get(pk=self.report.pk)

    def take(self, step: str, **said: object) -> str:
        """Takes a step; the page that follows it."""
        said |= {"expected_seq": self.now().seq}
        answer = self.client.post(reverse("console:step", args=[self.report.code, step]), said, follow=True)
        assert answer.status_code == 200
        return answer.text

    def take_back(self, seq: int | None = None) -> int:
        path = reverse("console:take_back", args=[self.report.code])
        return self.client.post(path, {"seq": seq or self.now().seq}, follow=True).status_code

    @staticmethod
    def told() -> list[str]:
        """The kinds of entries that somebody is or will be written to about."""
        register()
        while outbox.drain(100):
            pass
        return list(Message.objects.exclude(entry=None).order_by("pk").values_list("entry__kind", flat=True))


@pytest.fixture
def desk(world) -> Desk:
    return Desk()


@pytest.mark.parametrize("heard", [True, False], ids=["the worker was faster", "the worker hears of both at once"])
def test_a_step_that_is_taken_back_at_once_writes_to_nobody(desk, heard):
    for step, said in (
        ("accept", {}), ("refer", {"text": "PLN membantu"}), ("resolve", {"no_photo_reason": "malam"}),
        ("reject", {"text": "Bukan"}), ("transfer", {"body": WATER, "text": "Pipa"}),
        ("transfer", {"body": "32.75", "text": "Bekasi"}), ("prioritise", {"priority": "urgent"}),
        ("assign", {"to": "me"}), ("split", {"part": ["31.roads", WATER], "words": ["x", "y"]}),
        ("merge", {"original": routing.submit(submission(), None).report.code}),
    ):  # fmt: skip
        before = desk.now()
        page = desk.take(step, **said)
        assert reverse("console:take_back", args=[desk.report.code]) in page, step
        if heard:
            desk.told()
            assert deliver() == 0, step  # it waits for the minute
        assert desk.take_back() == 200, step
        after = desk.now()
        for name in ("body_id", "assignee_id", "priority", "original_id", "ending"):
            assert getattr(after, name) == getattr(before, name), (step, name)
        assert after.status == before.status, step
        assert desk.told() == [], step
    assert list(audit()) == []
    assert "Diterima" in Client().get(reverse("report", args=[desk.report.code])).text  # the timeline keeps both


def test_a_step_that_stands_is_told_after_the_minute_and_what_was_told_is_said_to_be_taken_back(desk):
    desk.take("accept")
    assert desk.told() == ["accepted"]
    assert deliver() == 0
    Message.objects.update(due_at=timezone.now())  # a minute later
    assert deliver() == 1
    assert desk.take_back() == 200  # at the last second, and the worker had been fast
    assert desk.told() == ["accepted", "stepped_back"]


def test_after_a_minute_or_after_somebody_elses_step_it_stays_and_the_page_says_so(desk):
    desk.take("accept")
    seq = desk.now().seq
    assert desk.take_back(seq - 1) == 409  # not the step that the page offered
    reports.note(desk.report.code, reports.Who(None, reports.Actor.OFFICER, "31.roads"), "Sudah di jalan")
    assert desk.take_back(seq) == 409
    assert desk.now().state == "accepted"
    assert desk.take_back(seq) == 409  # pressed again: it is not offered any more
    desk.take("start")
    session = desk.client.session
    session["regret"] |= {"until": (timezone.now() - timedelta(seconds=1)).timestamp()}
    session.save()
    assert (
        reverse("console:take_back", args=[desk.report.code])
        not in desk.client.get(reverse("console:report", args=[desk.report.code])).text
    )
    assert desk.take_back() == 409
    assert desk.now().state == "in_progress"
    assert "take-back" not in desk.take("note", text="Kata tidak ditarik", visibility="public")


def test_a_part_that_is_taken_back_takes_the_end_of_its_whole_with_it_and_nobody_is_written_to(desk):
    desk.take("split", part=["31.roads", WATER], words=["x", "y"])
    first, second = reports.parts_of(desk.report)
    reports.resolve(second.code, reports.Who(None, reports.Actor.OFFICER, WATER), no_photo_reason="malam")
    desk.told()
    Message.objects.all().delete()
    whole, desk.report = desk.report, first
    fan = person("pendukung@contoh.id")  # told of a result, and not of what takes this one back
    reports.support(whole.code, fan)
    notify.join(fan, Browser().said("https://push.example/9"))
    desk.take("resolve", no_photo_reason="malam")
    assert Report.objects.get(pk=whole.pk).state == "resolved"
    assert desk.told() == ["resolved", "resolved"]
    assert Push.objects.count() == 1
    reports.comment(whole.code, reports.Who(fan, reports.Actor.CITIZEN), "Sudah?")
    assert desk.take_back() == 200
    assert Report.objects.get(pk=whole.pk).state == "referred"
    assert desk.told() == []
    assert not Push.objects.exists()


def test_a_step_that_led_to_the_same_state_is_taken_back_too(desk):
    desk.take("refer", text="PLN membantu")
    desk.told()
    Message.objects.all().delete()
    parts = {"part": ["31.roads", WATER], "words": ["x", "y"]}
    for step, said in (("refer", {"text": "Juga Telkom"}), ("split", parts)):
        desk.take(step, **said)
        assert desk.take_back() == 200
        last = desk.now().entries.order_by("-seq").first()
        assert (last.kind, last.state_to) == ("stepped_back", "referred"), step
        assert reports.parts_of(desk.now()) == []
        assert desk.told() == [], step
    assert list(audit()) == []
