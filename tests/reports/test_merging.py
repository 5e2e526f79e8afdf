"""Reports of the same trouble: what may be joined, how it is undone, and who hears of it."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from kentongan import bodies, reports, routing
from kentongan.foundation import outbox
from kentongan.foundation.problems import Problem
from kentongan.notify.models import Message
from kentongan.reports.audit import audit
from kentongan.reports.models import Report
from kentongan.reports.states import Actor, State
from kentongan.reports.who import Who
from kentongan.subscribers import register
from tests.world import BEKASI, person, submission


@pytest.fixture
def coordinator(world) -> Who:
    return Who(person("koordinator@contoh.id"), Actor.OFFICER, "31.roads")


def report(email: str = "", **fields) -> Report:
    return routing.submit(submission(**fields), person(email) if email else None).report


def told() -> list[tuple[str, str]]:
    """Address and subject of every mail that is written, after all that waits is done."""
    register()
    while outbox.drain(100):
        pass
    return [(one.address, one.subject) for one in Message.objects.order_by("pk")]


def refusal(code: str, who: Who, original: str) -> str:
    with pytest.raises(Problem) as refused:
        reports.merge(code, who, original)
    assert (refused.value.status, refused.value.field) == (422, "original")
    return refused.value.code


@pytest.mark.django_db
def test_joined_reports_count_as_joined_and_not_as_passed_on(coordinator):
    first, second = report(), report()
    merged = reports.merge(second.code, coordinator, first.code.lower())
    assert (merged.state, merged.ending, merged.original_id) == ("duplicate", "merged", first.pk)
    assert reports.counts()["ending"] == {"merged": 1}
    assert list(audit()) == []


@pytest.mark.django_db
def test_a_report_joined_with_a_joined_one_goes_on_with_what_that_one_goes_on_with(coordinator):
    first, second, third = report(), report(), report()
    reports.merge(second.code, coordinator, first.code)
    assert reports.merge(third.code, coordinator, second.code).original_id == first.pk


@pytest.mark.django_db
def test_what_cannot_be_joined_is_refused_by_its_reason(coordinator):
    first, second, ended = report(), report(), report()
    secret = report(privacy="secret", email="rahasia@contoh.id")
    reports.reject(ended.code, coordinator, "Bukan urusan kami")
    assert refusal(first.code, coordinator, first.code) == "bad_original"
    assert refusal(first.code, coordinator, "ZZZZ-ZZZ2") == "bad_original"
    assert refusal(first.code, coordinator, "") == "bad_original"
    assert refusal(first.code, coordinator, ended.code) == "original_ended"
    assert refusal(first.code, coordinator, secret.code) == "original_hidden"
    reports.merge(second.code, coordinator, first.code)
    assert refusal(first.code, coordinator, second.code) == "bad_original"  # it would go on with itself


@pytest.mark.django_db
def test_a_join_is_undone_and_the_report_is_in_the_queue_again(coordinator):
    first, second = report(), report("warga@contoh.id")
    reports.merge(second.code, coordinator, first.code)
    back = reports.unmerge(second.code, coordinator, "Lubang yang lain")
    assert (back.state, back.ending, back.original_id, back.ended_at) == ("routed", "", None, None)
    assert list(audit()) == []
    assert ("warga@contoh.id", f"{second.code}: laporan Anda dipisahkan lagi") in told()


@pytest.mark.django_db
def test_a_join_undone_at_a_body_that_takes_no_part_waits_openly(coordinator):
    first, second = report(), report(at=BEKASI)
    reports.merge(second.code, Who(None, Actor.OFFICER, second.body_id), first.code)
    assert reports.unmerge(second.code, coordinator).state == "awaiting_partner"


@pytest.mark.django_db
def test_news_of_the_original_reaches_everybody_who_was_joined_with_it_over_all_joins(coordinator):
    one, two, three = report("a@contoh.id"), report("b@contoh.id"), report("c@contoh.id")
    reports.support(one.code, person("punya-juga@contoh.id"))
    reports.merge(one.code, coordinator, two.code)
    reports.merge(two.code, coordinator, three.code)
    before = len(told())
    reports.resolve(three.code, coordinator, no_photo_reason="Sudah ditambal")
    news = told()[before:]
    assert sorted(address for address, _subject in news) == [
        "a@contoh.id", "b@contoh.id", "c@contoh.id", "punya-juga@contoh.id",
    ]  # fmt: skip
    assert {subject.partition(":")[0] for _address, subject in news} == {three.code}
    mail = Message.objects.get(address="a@contoh.id", subject__startswith=three.code)
    assert one.code in mail.body


@pytest.mark.django_db
def test_one_person_with_both_reports_hears_of_each_step_once(coordinator):
    first, second = report("sama@contoh.id"), routing.submit(submission(), None).report
    Report.objects.filter(pk=second.pk).update(reporter=first.reporter)
    reports.support(second.code, person("lain@contoh.id"))
    reports.merge(second.code, coordinator, first.code)
    before = len(told())
    reports.resolve(first.code, coordinator, no_photo_reason="Sudah")
    assert sorted(address for address, _ in told()[before:]) == ["lain@contoh.id", "sama@contoh.id"]


@pytest.mark.django_db
def test_internal_notes_and_looks_at_an_identity_reach_nobody_who_was_joined(coordinator):
    first, second = report("a@contoh.id"), report("b@contoh.id")
    reports.merge(second.code, coordinator, first.code)
    before = len(told())
    reports.note(first.code, coordinator, "Hanya kita", internal=True)
    reports.look_at_identity(first.code, coordinator, "Perlu bertanya")
    assert [address for address, _ in told()[before:]] == ["a@contoh.id"]


@pytest.mark.django_db(transaction=True)
def test_two_reports_joined_towards_each_other_at_once_leave_one_that_goes_on(coordinator):
    first, second = report(), report()
    ready, refused = threading.Barrier(2), []

    def join(code: str, original: str) -> None:
        ready.wait()
        try:
            reports.merge(code, coordinator, original)
        except Problem as problem:
            refused.append(problem.code)
        finally:
            connection.close()

    both = [threading.Thread(target=join, args=pair) for pair in ((first.code, second.code), (second.code, first.code))]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert len(refused) == 1
    assert sorted(Report.objects.values_list("state", flat=True)) == ["duplicate", "routed"]


@pytest.mark.django_db
def test_a_body_that_has_left_keeps_nothing_waiting_in_its_queue(coordinator):
    mine, ended = report("a@contoh.id"), report()
    reports.accept(mine.code, coordinator)
    reports.resolve(ended.code, coordinator, no_photo_reason="Sudah")
    assert routing.concerned("31") == {"waiting": 0, "waiting_mails": 0, "in_hand": 1, "in_hand_mails": 1}
    bodies.end_partnership("31")
    told()
    assert routing.release("31") == 1
    mine.refresh_from_db()
    ended.refresh_from_db()
    assert (mine.state, ended.state) == ("awaiting_partner", "resolved")
    assert routing.release_left() == 0
    bodies.make_partner("31")
    assert routing.hand_over("31") == 1
    assert list(audit()) == []


@pytest.mark.django_db
def test_a_joined_report_that_a_peer_takes_up_again_goes_on_by_itself(coordinator):
    first, second, third = report(), report(), report()
    reports.merge(second.code, coordinator, first.code)
    reports.mirror(second.code, reports.Told("started", state=State.IN_PROGRESS))
    assert Report.objects.get(pk=second.pk).original is None
    assert reports.merge(third.code, coordinator, second.code).original_id == second.pk
    reports.merge(second.code, coordinator, first.code)
    rerouted = reports.reroute(second.code, reports.Told("declined", text="Bukan jalan kami"), "id.pu")
    assert (rerouted.state, rerouted.original) == ("routed", None)
    assert list(audit()) == []
