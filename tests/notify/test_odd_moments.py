"""What happens rarely between a message and whom it is for: somebody was faster, or has left, or a service is slow."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import Future
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from kentongan import bodies
from kentongan.bodies import appearing
from kentongan.bodies.models import Membership
from kentongan.casework.models import Rule
from kentongan.notify import digest, heading, letters, phones, push_calls, push_rounds, push_tokens, ruling, staff
from kentongan.notify.models import Message, Phone, Push, StaffMail
from kentongan.people.models import Person
from kentongan.reports.models import Entry, Report
from tests.world import person


@pytest.fixture
def paces(monkeypatch: pytest.MonkeyPatch) -> push_calls.Paces:
    """How quickly services answer, of which nothing is known yet."""
    made = push_calls.Paces()
    for room in (push_calls, push_rounds):
        monkeypatch.setattr(room, "paces", made)
    return made


def waiting() -> Push:
    phone = Phone(pk=1, endpoint="https://push.example/1", host="push.example", p256dh="odd", auth="odd")
    return Push(pk=1, phone=phone, expires_at=timezone.now() + timedelta(hours=1))


def called(*, is_quick: bool = False) -> push_calls.Outcome:
    return push_calls.call(waiting(), {}, lambda _said: None, is_quick)


def test_a_service_is_quick_until_it_was_slow_three_times_in_a_row(paces: push_calls.Paces) -> None:
    for seconds in (0.1, 2.0, 2.0, 0.1, 2.0, 2.0):
        paces.note("push.example", seconds)
        assert paces.quick() == {"push.example"}
    paces.note("push.example", 2.0)
    assert paces.quick() == set()
    assert called(is_quick=True).end is push_calls.End.PUT_OFF  # it goes among the slow ones


def test_of_services_that_strangers_may_name_only_so_many_are_kept_and_known_ones_cost_none(
    paces: push_calls.Paces, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push_calls, "MOST_KNOWN", 3)
    for host in ("a", "b", "c", "a"):
        paces.note(host, 0.1)
    assert paces.quick() == {"a", "b", "c"}
    paces.note("d", 0.1)
    assert paces.quick() == {"d"}
    now = [100.0]
    monkeypatch.setattr(push_calls.time, "monotonic", lambda: now[0])
    for host in ("e", "f", "g"):
        paces.note_failure(host)
    now[0] += 60
    paces.note_failure("h")
    assert [host for host in "efgh" if paces.has_failed(host)] == ["h"]


def test_a_service_that_failed_has_one_thread_and_is_left_alone_for_its_rest(paces: push_calls.Paces) -> None:
    assert push_rounds._share("push.example", Counter()) > 1
    paces.note_failure("push.example")
    assert push_rounds._share("push.example", Counter()) == 1
    outcome = called()
    assert outcome.end is push_calls.End.PUT_OFF
    assert timedelta(0) < outcome.pause <= timedelta(seconds=2)


def test_a_phone_whose_keys_are_none_is_told_no_more_of_this(paces: push_calls.Paces) -> None:
    assert (called().end, called().error) == (push_calls.End.OVER, "ValueError")


def test_a_call_that_broke_in_a_way_nobody_foresaw_is_made_again() -> None:
    broken: Future[push_calls.Outcome] = Future()
    broken.set_exception(RuntimeError("x"))
    outcome = push_rounds._outcome(broken, waiting())
    assert (outcome.end, outcome.error) == (push_calls.End.AGAIN, "RuntimeError")


@pytest.mark.django_db
def test_where_nothing_ended_and_nothing_is_wanted_the_database_is_not_asked(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert push_rounds._write([], []) == []


@pytest.mark.django_db
def test_tokens_of_many_services_are_not_kept_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    many = {("", f"https://{number}.example"): (0.0, "") for number in range(401)}
    monkeypatch.setattr(push_tokens, "_tokens", many)
    token = push_tokens._token("https://push.example/1")
    assert len(many) == 2
    assert push_tokens._token("https://push.example/2") == token


@pytest.mark.django_db
def test_a_sign_out_or_a_password_of_nobody_takes_no_phone_away() -> None:
    Phone.objects.create(person=person(), digest="d", endpoint="https://push.example/1", host="push.example")
    phones.signed_out(None)
    phones.password_changed(request=None, user=None)
    assert Phone.objects.count() == 1


@pytest.mark.django_db
def test_what_another_worker_has_written_already_is_not_written_again() -> None:
    row = StaffMail.objects.create(person=person(), due_at=timezone.now() + timedelta(hours=1))
    assert digest._write(row.pk, timezone.now()) is False
    assert not Message.objects.exists()


@pytest.mark.django_db
def test_a_mail_to_staff_is_sent_only_to_who_works_there_reads_it_and_wants_it(world: None) -> None:
    member = person("petugas@contoh.id")
    Membership.objects.create(person=member, body_id="31.roads", role="officer")
    mail = Message(to_person=member, address=member.email, staff_of=["31.roads"])
    assert staff.may_have(mail)
    for changes in ({"to_person": None}, {"address": "lama@contoh.id"}, {"staff_of": ["31.roads", "id.pu"]}):
        assert not staff.may_have(Message(**{"to_person": member, "address": member.email, **changes}))
    StaffMail.objects.create(person=member, how="off", due_at=timezone.now())
    assert not staff.may_have(mail)


def test_who_reported_is_not_told_that_an_ended_report_moved_to_another_instance() -> None:
    who = Person(pk=1, email="warga@contoh.id")
    moved = Entry(kind="moved_out", visibility="public", report=Report(ended_at=timezone.now()))
    assert not letters._is_told(moved, who)


@pytest.mark.django_db
def test_a_letter_whose_logo_was_taken_away_a_moment_ago_still_has_its_head(
    world: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = appearing.Look(accent="#7a4a21", logo="gone", of="31")
    monkeypatch.setattr(bodies, "look", lambda _code: look)
    message = Message(entry=Entry(report=Report(body_id="31")))
    for _again in range(2):
        found = heading.of(message)
        assert found is not None
        assert (found.logo, bool(found.name), bool(found.colour)) == (b"", True, True)


@pytest.mark.django_db
def test_a_rule_that_stopped_is_told_to_the_nearest_administrators_and_to_nobody_where_it_runs_again(
    world: None,
) -> None:
    rule = Rule.objects.create(body_id="31.roads", name="Lubang", is_on=False, fault="Regu sudah tidak ada")
    ruling.write_stopped({"rule": rule.pk})
    assert not Message.objects.exists()  # nobody administers it, nor what is above it
    for code in ("31", "id.pu"):
        Membership.objects.create(person=person(f"{code}@contoh.id"), body_id=code, role="administrator")
    ruling.write_stopped({"rule": rule.pk})
    [mail] = Message.objects.all()
    assert (mail.address, mail.staff_of) == ("31@contoh.id", ["31.roads"])
    assert "Regu sudah tidak ada" in mail.body
    Message.objects.all().delete()
    Rule.objects.update(is_on=True, fault="")
    ruling.write_stopped({"rule": rule.pk})
    ruling.write_stopped({"rule": rule.pk + 1})
    assert not Message.objects.exists()
