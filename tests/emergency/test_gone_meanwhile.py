"""Accounts, operators, neighbours and posts deleted in the middle of a press, in real threads: none is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.test import Client

from kentongan import community, emergency
from kentongan.community.neighbours import Member
from kentongan.emergency import calling, texting
from kentongan.emergency.models import Alert, Call, Watch
from kentongan.foundation import again
from kentongan.foundation.problems import Problem
from kentongan.people import erasing
from kentongan.people.models import Person
from tests.emergency.post import first, on_duty, operator, post, press, send
from tests.world import person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("world")]
ROUNDS = 12


def together(*acts: Callable[[], Any]) -> list[Any]:
    """All begun at the same moment; what each returned, or the fault it ended with."""
    gate, found = threading.Barrier(len(acts)), dict[int, Any]()

    def run(at: int, act: Callable[[], Any]) -> None:
        try:
            gate.wait()
            found[at] = act()
        except Exception as fault:  # noqa: BLE001  the test looks at it
            found[at] = fault
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=one) for one in enumerate(acts)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return [found[at] for at in range(len(acts))]


def test_an_account_that_is_erased_after_it_was_read_leaves_the_alert(budi_on_duty):
    dwi = person("dwi@contoh.id")
    community.create(dwi, "RT 05", "rt", "Asia/Jakarta")
    stale = Person.objects.get(pk=dwi.pk)
    assert together(lambda: erasing.erase("dwi@contoh.id"))[0]
    done = press(stale)
    assert done.created
    assert Alert.objects.get(pk=done.alert.pk).person is None
    assert emergency.told(emergency.open_for(done.alert.pk, None, done.token))["state"] == "received"
    assert Call.objects.filter(alert=done.alert).count() == 1


@pytest.fixture
def budi_on_duty():
    return on_duty(operator(), post())


@pytest.mark.parametrize("who", ["caller", "neighbour", "operator"])
def test_what_is_erased_in_the_same_moment_costs_no_press_and_no_erasing(who, budi_on_duty):
    sri = person("sri@contoh.id")
    group = community.create(sri, "RT 05", "rt", "Asia/Jakarta")
    for number in range(ROUNDS):
        dwi = person(f"dwi{number}@contoh.id")
        Member.objects.create(group=group, person=dwi)
        gone = {
            "caller": dwi,
            "neighbour": person(f"oki{number}@contoh.id"),
            "operator": operator(f"op{number}@contoh.id", "Op"),
        }[who]
        if who == "neighbour":
            Member.objects.create(group=group, person=gone)
        if who == "operator":
            on_duty(gone, Watch.objects.get())
        client = Client(raise_request_exception=False)
        client.force_login(dwi)
        said = first(alert_id=str(uuid4()))
        answer, erased = together(
            lambda said=said, client=client: send("alerts", said, client=client),
            lambda gone=gone: erasing.erase(gone.email),
        )
        assert answer.status_code == 201, answer.content
        assert isinstance(erased, int), erased
        assert send("alerts", said, claim="", client=client).status_code in {200, 409}  # stored once
        assert Alert.objects.filter(pk=said["alert_id"]).count() == 1
        assert not Person.objects.filter(pk=gone.pk).exists()


def test_who_is_erased_while_they_take_a_step_is_told_so_and_the_alert_is_free(budi_on_duty):
    for number in range(ROUNDS):
        sari = on_duty(operator(f"sari{number}@contoh.id", "Sari"), Watch.objects.get())
        alert, client = press(address=f"10.0.1.{number}").alert, Client(raise_request_exception=False)
        client.force_login(sari)
        answer, erased = together(
            lambda alert=alert, client=client: client.post(f"/console/alerts/{alert.pk}/acknowledge", {"seq": "2"}),
            lambda sari=sari: erasing.erase(sari.email),
        )
        assert answer.status_code in {302, 303, 403, 404, 409, 503}, answer.status_code
        assert isinstance(erased, int), erased
        assert Alert.objects.get(pk=alert.pk).owner is None
        emergency.release_silent()
        assert Alert.objects.get(pk=alert.pk).state == "received"


def test_an_sms_for_help_is_kept_though_an_operator_goes_in_the_middle_of_it(budi_on_duty, monkeypatch):
    real, gone = calling.call, []

    def call(*given: Any) -> None:
        real(*given)
        if not gone:
            gone.append(True)
            raise IntegrityError("FOREIGN KEY constraint failed")  # as the end of the transaction says it

    monkeypatch.setattr(calling, "call", call)
    alert = texting.take_text("+6281200000001", "Tolong!", "name-1")
    assert alert is not None
    assert texting.take_text("+6281200000001", "Tolong!", "name-1") == alert
    assert Alert.objects.count() == 1


def test_both_databases_say_alike_that_a_row_would_refer_to_nothing(budi_on_duty):
    fault = None
    try:
        with transaction.atomic():
            Call.objects.create(alert=press().alert, person_id=987_654)
    except IntegrityError as found:
        fault = found
    assert again.is_changed(fault)
    person("sama@contoh.id")
    with pytest.raises(IntegrityError) as twice, transaction.atomic():
        person("sama@contoh.id")
    assert not again.is_changed(twice.value)  # that is a fault of ours, and stays one
    tries = []

    def never() -> None:
        tries.append(1)
        raise fault or AssertionError

    with pytest.raises(Problem) as refused:
        again.tried(never)
    assert (refused.value.code, refused.value.status, len(tries)) == ("changed_meanwhile", 503, again.TRIES)
    assert connection.vendor in {"sqlite", "postgresql"}


@pytest.mark.parametrize(
    ("path", "words"), [("/darurat", "pada saat yang sama"), ("/api/v1/numbers", "changed_meanwhile")]
)
def test_any_page_says_that_it_may_be_sent_again(path, words, world, monkeypatch):
    """Whatever else is deleted between look and write, on any page: nothing was stored, and it is said."""
    from kentongan.foundation import rates

    def gone(*_given: Any, **_named: Any) -> Any:
        raise IntegrityError("FOREIGN KEY constraint failed")

    import kentongan.web.alert_page as page
    from kentongan.api import numbers

    monkeypatch.setattr(page, "render", gone)
    monkeypatch.setattr(numbers, "numbers", gone, raising=False)
    monkeypatch.setattr(rates, "spend", gone)
    answer = Client(raise_request_exception=False, headers={"Accept-Language": "id"}).get(
        path, {"lon": 106.8, "lat": -6.2}
    )
    assert (answer.status_code, answer["Retry-After"]) == (503, "1")
    assert words in answer.content.decode()
