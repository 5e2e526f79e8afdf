"""A body asks the reporter: the clocks stand still until there is an answer, or a week has passed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from kentongan import bodies, reports, routing
from kentongan.bodies.models import Membership, Promise
from kentongan.foundation.outbox import drain
from kentongan.foundation.problems import Problem
from kentongan.notify.models import Message, StaffMail
from kentongan.reports.audit import audit
from kentongan.reports.deadlines import _without_pauses
from kentongan.reports.models import Entry, Report
from kentongan.reports.who import Who
from kentongan.subscribers import register
from tests.world import person, submission

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(world):
    member = person("petugas@contoh.id", name="Budi")
    Membership.objects.create(person=member, body_id="31.roads", role="officer")
    return member


@pytest.fixture
def report(world):
    return routing.submit(submission(), person(name="Ni Made")).report


def by(officer):
    return Who(officer, reports.Actor.OFFICER, "31.roads")


def asked(report, officer, ago=timedelta()):
    reports.ask(report.code, by(officer), "Di depan rumah nomor berapa?")
    Report.objects.filter(pk=report.pk).update(asked_at=timezone.now() - ago)
    Entry.objects.filter(report=report, kind="asked").update(at=timezone.now() - ago)
    return Report.objects.get(pk=report.pk)


def test_the_clock_stands_still_until_the_reporter_answers(report, officer):
    before = asked(report, officer, timedelta(hours=30)).deadline_at
    reports.comment(report.code, reports.citizen(report, report.reporter), "Nomor 12")
    now = Report.objects.get(pk=report.pk)
    assert now.asked_at is None
    assert abs(now.deadline_at - before - timedelta(hours=30)) < timedelta(seconds=5)
    assert [entry.kind for entry in now.entries.order_by("seq")][-2:] == ["asked", "answered"]
    assert not list(audit())


def test_an_answer_that_is_sent_twice_is_one(report, officer):
    asked(report, officer)
    for _try in range(2):
        reports.comment(report.code, reports.citizen(report, report.reporter), "Nomor 12")
    assert [entry.kind for entry in report.entries.order_by("seq")][-2:] == ["asked", "answered"]


def test_what_others_say_is_no_answer(report, officer):
    asked(report, officer)
    other = person("lain@contoh.id")
    reports.comment(report.code, reports.citizen(report, other), "Nomor 14, kata tetangga")
    assert Report.objects.get(pk=report.pk).asked_at is not None


def test_a_deadline_that_had_passed_is_not_moved_by_a_question(report, officer):
    late = timezone.now() - timedelta(days=2)
    Report.objects.filter(pk=report.pk).update(deadline_at=late)
    asked(report, officer, timedelta(hours=5))
    reports.comment(report.code, reports.citizen(report, report.reporter), "Nomor 12")
    assert Report.objects.get(pk=report.pk).deadline_at == late


def test_after_a_week_the_clock_goes_on_without_an_answer(report, officer):
    before = asked(report, officer, timedelta(days=6, hours=23)).deadline_at
    assert reports.unanswered() == 0
    Report.objects.update(asked_at=timezone.now() - timedelta(days=7, hours=1))
    assert (reports.unanswered(), reports.unanswered()) == (1, 0)
    now = Report.objects.get(pk=report.pk)
    assert now.deadline_at - before > timedelta(days=7)
    assert now.entries.latest("seq").kind == "unanswered"


def test_a_body_wins_no_time_by_asking_again_and_again(report, officer):
    asked(report, officer, timedelta(days=7, hours=1))
    reports.unanswered()
    with pytest.raises(Problem, match="wrong_state") as refused:
        reports.ask(report.code, by(officer), "Masih di sana?")
    assert "did not answer" in str(refused.value.detail) or "belum menjawab" in str(refused.value.detail)
    assert not reports.may_ask(Report.objects.get(pk=report.pk))
    reports.comment(report.code, reports.citizen(report, report.reporter), "Maaf, nomor 12")
    assert reports.ask(report.code, by(officer), "Warna pagarnya?").asked_at is not None


def test_another_body_may_ask_whom_the_one_before_asked_in_vain(report, officer):
    asked(report, officer, timedelta(days=7, hours=1))
    reports.unanswered()
    reports.transfer(report.code, by(officer), "31.water", "Saluran")
    assert reports.ask(report.code, Who(officer, reports.Actor.OFFICER, "31.water"), "Di mana?").asked_at is not None


def test_a_body_wins_no_time_by_sending_it_where_nobody_will_have_it(report, officer):
    asked(report, officer, timedelta(days=7, hours=1))
    reports.unanswered()
    reports.reroute(report.code, reports.Told("declined", text="Bukan jalan kami", data={"peer": "kota"}), "31.roads")
    reports.accept(report.code, by(officer))
    assert not reports.may_ask(Report.objects.get(pk=report.pk))
    with pytest.raises(Problem, match="wrong_state"):
        reports.ask(report.code, by(officer), "Masih di sana?")


@pytest.mark.parametrize("state", ["asked before", "resolved"])
def test_nobody_is_asked_twice_or_about_what_has_ended(report, officer, state):
    if state == "resolved":
        reports.resolve(report.code, by(officer), no_photo_reason="Malam")
    else:
        asked(report, officer)
    with pytest.raises(Problem) as refused:
        reports.ask(report.code, by(officer), "Sudah?")
    assert (refused.value.code, refused.value.status) == ("wrong_state", 409)


@pytest.mark.parametrize("end", ["resolved", "passed on"])
def test_what_ends_or_goes_elsewhere_waits_for_no_answer(report, officer, end):
    asked(report, officer)
    if end == "resolved":
        reports.resolve(report.code, by(officer), no_photo_reason="Malam")
    else:
        reports.transfer(report.code, by(officer), "id.pu", "Jalan nasional")
    assert Report.objects.get(pk=report.pk).asked_at is None
    reports.comment(report.code, reports.citizen(report, report.reporter), "Nomor 12")
    assert report.entries.latest("seq").kind == "commented"


@pytest.mark.parametrize("hurried", [False, True])
def test_what_was_waited_counts_against_no_deadline_where_a_step_ends_it_and_is_undone(report, officer, hurried):
    """zammad/zammad#188, glpi-project/glpi#6902: the time that it waited was lost with the question."""
    before = asked(report, officer, timedelta(hours=30)).deadline_at
    reports.resolve(report.code, by(officer), no_photo_reason="Malam")
    reports.undo(report.code, by(officer))
    if hurried:  # a promise by priority is counted anew, from the timeline
        now = Report.objects.get(pk=report.pk)
        now.deadline_at = _without_pauses(now, before, now.created_at - timedelta(days=9))
    else:
        now = Report.objects.get(pk=report.pk)
    assert now.asked_at is None
    assert abs(now.deadline_at - before - timedelta(hours=30)) < timedelta(seconds=5)
    assert list(audit()) == []


def test_an_empty_question_is_refused(report, officer):
    with pytest.raises(Problem, match="text_required"):
        reports.ask(report.code, by(officer), "  ")


def test_a_priority_set_after_a_question_counts_the_time_that_was_waited(report, officer):
    from kentongan import casework

    boss = person("kepala@contoh.id")
    Membership.objects.create(person=boss, body_id="31.roads", role="administrator")
    casework.add_promise(boss, "31.roads", {"priority": "urgent", "solve_hours": "100"})
    Report.objects.filter(pk=report.pk).update(created_at=timezone.now() - timedelta(hours=50))
    Entry.objects.filter(report=report).update(at=timezone.now() - timedelta(hours=50))
    asked(report, officer, timedelta(hours=30))
    reports.comment(report.code, reports.citizen(report, report.reporter), "Nomor 12")
    now = reports.prioritise(report.code, by(officer), "urgent")
    assert abs(now.deadline_at - now.created_at - timedelta(hours=130)) < timedelta(minutes=1)


def test_what_was_waited_before_it_moved_counts_once_and_against_no_deadline(report, officer):
    """Nobody waits for an answer elsewhere: the question ends where the report moves to another instance."""
    before = asked(report, officer, timedelta(hours=30)).deadline_at
    reports.depart(report.code, Report.objects.get(pk=report.pk).seq, {"to": "tetangga"})
    reports.arrive(report.code, {"from": "tetangga"})
    now = Report.objects.get(pk=report.pk)
    assert abs(now.deadline_at - before - timedelta(hours=30)) < timedelta(seconds=5)
    Entry.objects.filter(report=report, kind="moved_out").update(at=timezone.now() - timedelta(hours=10))
    reports.resolve(report.code, by(officer), no_photo_reason="Malam")
    counted = _without_pauses(Report.objects.get(pk=report.pk), before, now.created_at - timedelta(days=9))
    assert abs(counted - before - timedelta(hours=20)) < timedelta(seconds=5)


def test_what_a_peer_would_not_have_has_not_come_anew(report, officer):
    """Its body has answered, and had it all the while: a priority begins no clock once more."""
    Promise.objects.create(body_id="31.roads", priority=4, answer_hours=2, solve_hours=48)
    bodies.promises_changed()
    reports.accept(report.code, by(officer))
    Report.objects.update(created_at=timezone.now() - timedelta(hours=40))
    Entry.objects.update(at=timezone.now() - timedelta(hours=40))
    reports.reroute(
        report.code, reports.Told("declined", text="Bukan jalan kami", data={"peer": "tetangga"}), "31.roads"
    )
    now = reports.prioritise(report.code, by(officer), "urgent")
    assert now.answer_by is None
    assert abs(now.deadline_at - timezone.now() - timedelta(hours=8)) < timedelta(minutes=1)


def test_a_rule_that_thanks_by_itself_has_not_answered(report, officer):
    Promise.objects.create(body_id="31.roads", priority=4, answer_hours=2, solve_hours=48)
    bodies.promises_changed()
    reports.note(report.code, Who(None, reports.Actor.OFFICER, "31.roads", "Terima kasih"), "Sudah kami terima")
    assert reports.prioritise(report.code, by(officer), "urgent").answer_by is not None, "a person has to"


def test_the_reporter_gets_the_question_by_mail_and_staff_hear_of_the_answer(report, officer):
    register()
    reports.ask(report.code, by(officer), "Di depan rumah nomor berapa?")
    drain()
    mail = Message.objects.get(entry__kind="asked")
    assert "Di depan rumah nomor berapa?" in mail.body
    assert f"/r/{report.code}" in mail.body
    StaffMail.objects.update(waiting={})  # the report was new, and told as new
    reports.comment(report.code, reports.citizen(report, report.reporter), "Nomor 12")
    drain()
    assert "answered" in StaffMail.objects.get(person=officer).waiting["31.roads"]


def test_the_reporter_finds_the_question_on_the_page_and_answers_there(client, report, officer):
    asked(report, officer)
    assert "Jawaban Anda" not in client.get(f"/r/{report.code}").content.decode()
    client.force_login(report.reporter)
    page = client.get(f"/r/{report.code}").content.decode()
    assert "Instansi ini bertanya kepada Anda" in page
    after = client.post(f"/r/{report.code}/comment", {"text": "Nomor 12"}, follow=True).content.decode()
    assert "Terima kasih atas jawaban Anda." in after
    assert "Instansi ini bertanya kepada Anda" not in after


def test_an_officer_asks_on_the_page_of_the_report(client, report, officer):
    client.force_login(officer)
    seq = Report.objects.get(pk=report.pk).seq
    sent = {"expected_seq": seq, "text": "Di depan rumah nomor berapa?"}
    page = client.post(f"/console/reports/{report.code}/steps/ask", sent, follow=True).content.decode()
    assert "waktu dihentikan" in page
    assert 'id="ask"' not in page
    client.force_login(report.reporter)
    client.post(f"/r/{report.code}/comment", {"text": "Nomor 12"})
    client.force_login(officer)
    page = client.get(f"/console/reports/{report.code}").content.decode()
    assert "Nomor 12" in page
    assert "waktu dihentikan" not in page
