"""A phone is told what its owner chose, sealed for it alone; what has ended vanishes, and no odd address is called."""

from __future__ import annotations

import json
import threading
import time
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client
from django.utils import timezone

from kentongan import bodies, notify, reports, routing
from kentongan.bodies.models import Membership
from kentongan.emergency.models import Watch
from kentongan.foundation import addresses
from kentongan.foundation.problems import Problem
from kentongan.notify import phones, push_calls, push_rounds, push_tokens, sealing_push
from kentongan.notify.models import Message, Phone, Push, PushChoice, PushKey
from kentongan.people.models import Person
from kentongan.reports.models import Entry, Report
from tests.notify.push_service import Browser, service, unb64, verified
from tests.world import person, submission

__all__ = ["service"]


def news(who, number: int = 1, **more) -> None:
    note = notify.Note("Judul", "Isi", "/mine", f"report {number}", **more)
    notify.store(notify.told(f"test/{number}", note, notify.listening([who.pk], notify.PushKind.REPORTS)[who.pk]))


def test_a_message_is_sealed_as_the_standard_shows_it() -> None:
    """The example of RFC 8291, section 5 and appendix A."""
    browser = Browser(unb64("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"), unb64("BTBZMqHH6r4Tts7J_aSIgg"))
    own = Browser(unb64("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")).key
    public, auth = sealing_push.encoded(browser.public), sealing_push.encoded(browser.auth)
    plain = b"When I grow up, I want to be a watermelon"
    made = sealing_push.sealed(plain, public, auth, own, unb64("DGv6ra1nlYgDCS1FRnbzlw"))
    assert sealing_push.encoded(made) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_y"
        "l95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
    assert browser.opened(made) == plain
    assert browser.opened(sealing_push.sealed(b"x" * 3000, public + "=", auth)) == b"x" * 3000
    for bad in ("", "AAAA", sealing_push.encoded(b"\x04" + b"\1" * 64), "kein base64!", public[:-4]):
        with pytest.raises(ValueError):
            sealing_push.sealed(b"x", bad, auth)
    with pytest.raises(ValueError):
        sealing_push.sealed(b"x" * 3001, public, auth)


@pytest.mark.django_db
def test_news_of_a_report_reaches_the_phone_once_and_opens_its_page(world, service) -> None:
    citizen, browser = person("warga@contoh.id", language="en"), Browser()
    notify.join(citizen, browser.said(f"{service.origin}/send/abc?x=1"), "Chrome · Android")
    report = routing.submit(submission(), citizen).report
    officer = person("petugas@contoh.id")
    Membership.objects.create(person=officer, body=bodies.get("31.roads"), role="officer")
    who = reports.Who(officer, reports.Actor.OFFICER, "31.roads")
    reports.accept(report.code, who, text="Kami datang besok")
    entries = Entry.objects.filter(report=report)
    events = [{"report": report.pk, "seq": one.seq, "kind": one.kind} for one in entries.order_by("seq")]
    assert reports.entries_of(events)
    for _time in range(2):
        notify.write_mail(events)()
        notify.deliver_pushes()
    # The phone shows one of a report: of two that are due together the newer, whichever call would have been faster.
    assert (len(service.taken), Message.objects.count()) == (1, 2)
    path, headers, body = service.taken[-1]
    assert path == "/send/abc?x=1"
    assert headers["content-encoding"] == "aes128gcm"
    assert 0 < int(headers["ttl"]) <= 172_800
    assert headers["urgency"] == "normal"
    assert len(headers["topic"]) == 32
    claims = verified(headers["authorization"])
    assert claims["aud"] == service.origin
    assert claims["key"] == notify.public_key()
    assert claims["sub"].startswith(("mailto:", "https:"))
    assert 0 < claims["exp"] - timezone.now().timestamp() <= 86_400
    said = json.loads(browser.opened(body))
    assert said["path"] == f"/r/{report.code}"
    assert said["title"].startswith(report.code)
    assert "taken on" in said["body"]
    assert "Kami datang besok" not in json.dumps(said)  # a locked screen is read by others too
    assert Push.objects.filter(said={}).count() == 2
    assert Phone.objects.get().told_at
    # Secret and hidden: only that there is something.
    Report.objects.update(is_restricted=True)
    reports.start(report.code, who, text="Mulai")
    last = Entry.objects.filter(report=report).order_by("-seq").first()
    notify.write_mail([{"report": report.pk, "seq": last.seq, "kind": last.kind}])()
    notify.deliver_pushes()
    said = json.loads(browser.opened(service.taken[-1][2]))
    assert said["path"] == "/mine"
    assert report.code not in json.dumps(said)
    # Not wanted: not told.
    notify.want(citizen, ["warnings"])
    assert notify.listening([citizen.pk], notify.PushKind.REPORTS) == {}
    assert set(notify.listening([citizen.pk], notify.PushKind.WARNINGS)) == {citizen.pk}
    # The key outlives a process and is no plain text in the database.
    assert PushKey.objects.count() == 1
    assert notify.renew_seals() == (1, 0)


@pytest.mark.django_db
def test_what_has_ended_vanishes_and_what_fails_is_tried_again_or_let_go(service) -> None:
    citizen = person()
    for number in range(2):
        notify.join(citizen, Browser().said(f"{service.origin}/{number}"))
    service.says = [(410, {}), (404, {})]
    news(citizen, 1)
    assert notify.deliver_pushes() == 0
    assert not Phone.objects.exists()
    assert not Push.objects.exists()
    phone = notify.join(citizen, Browser().said(f"{service.origin}/3"))
    service.says = [(503, {}), (429, {"Retry-After": "600"}), (500, {"Retry-After": "soon"})]
    news(citizen, 2)
    for _time in range(3):
        Push.objects.update(due_at=timezone.now())
        notify.deliver_pushes()
    one = Push.objects.get()
    assert one.attempts == 3
    assert one.ended_at is None
    assert not service.taken
    Push.objects.update(due_at=timezone.now())
    assert notify.deliver_pushes() == 1
    assert len(service.taken) == 1
    # Too late is too late; what is refused again and again (a key that is not ours any more) is let go.
    news(citizen, 3)
    Push.objects.filter(ended_at=None).update(expires_at=timezone.now())
    assert notify.deliver_pushes() == 0
    assert Push.objects.get(key=f"test/3/{phone.pk}").error == "too late"
    service.says = [(403, {})] * 10
    for number in range(10, 20):
        news(citizen, number)
    notify.deliver_pushes()
    assert not Phone.objects.exists()
    # A service that does not answer rests, and holds up no other.
    notify.join(citizen, Browser().said("https://localhost:9/dead"))
    other = person("dua@contoh.id")
    notify.join(other, Browser().said(f"{service.origin}/4"))
    for number in (30, 31):
        news(citizen, number)
    news(other, 40)
    assert notify.deliver_pushes() == 1
    assert push_rounds.paces.resting() == {"localhost"}
    assert Push.objects.filter(ended_at=None).count() == 2
    Push.objects.update(written_at=timezone.now() - timedelta(days=4))
    assert notify.sweep_pushes() == 3
    assert notify.sweep_pushes() == 0


def test_one_call_that_failed_rests_a_service_for_a_moment_and_only_a_row_of_them_for_long(monkeypatch) -> None:
    """A connection that broke is no service that is away: half a minute of a push service is that of all its phones."""
    now, paces = [100.0], push_calls.Paces()
    monkeypatch.setattr(push_calls.time, "monotonic", lambda: now[0])
    rests = []
    for _row in range(4):
        for _under_way in range(24):  # calls that were under way at once
            paces.note_failure("push.example")
        rests.append(round(paces.rests("push.example"), 3))
        now[0] += rests[-1]
        assert not paces.resting()
    assert rests == [2.0, 8.0, 30.0, 30.0]
    assert paces.has_failed("push.example")
    paces.note("push.example", 0.1)
    paces.note_failure("push.example")
    assert paces.rests("push.example") == 2.0


@pytest.mark.django_db
def test_an_older_message_never_takes_the_place_of_a_newer_one_on_the_phone(service) -> None:
    """What is taken back expires sooner than what it takes back, and a try again comes late."""
    who, now = person(), timezone.now()
    browser, hours = Browser(), [timedelta(hours=6), timedelta(hours=1)]
    phone = notify.join(who, browser.said(f"{service.origin}/1"))

    def write(key: str, tag: str, holds: timedelta) -> None:
        notify.store(notify.told(key, notify.Note(key, "Isi", "/", tag, urgent=True, holds=holds), [phone]))

    def told() -> list[str]:
        return [json.loads(browser.opened(body))["title"] for _path, _headers, body in service.taken]

    for key, holds in zip(("warning", "taken back"), hours, strict=True):
        write(key, "warning", holds)
    assert notify.deliver_pushes() == 1
    assert told() == ["taken back"]
    assert Push.objects.get(key=f"warning/{phone.pk}").error == "replaced"
    # The first was tried in vain, the second came through: it is too late for the first.
    write("first", "news", hours[0])
    Push.objects.filter(error="", ended_at=None).update(attempts=1, due_at=now + timedelta(minutes=1))
    write("second", "news", hours[0])
    notify.deliver_pushes()
    Push.objects.filter(ended_at=None).update(due_at=timezone.now())
    assert notify.deliver_pushes() == 0
    assert told() == ["taken back", "second"]
    # What was held back to be regretted, and was not, is told behind what came meanwhile.
    write("held", "decision", hours[0])
    Push.objects.filter(ended_at=None).update(due_at=now + timedelta(minutes=1))
    write("meanwhile", "decision", hours[0])
    notify.deliver_pushes()
    Push.objects.filter(ended_at=None).update(due_at=timezone.now())
    assert notify.deliver_pushes() == 1
    assert told()[2:] == ["meanwhile", "held"]
    # A phone that is called is called by no second thread at once.
    write("one", "1", hours[0])
    assert not push_rounds._due({phone.pk}).exists()
    assert push_rounds._due(set()).exists()


@pytest.mark.django_db
def test_a_phone_that_one_worker_calls_is_called_by_no_other(service) -> None:
    who, pushes = person(), []
    phones = [notify.join(who, Browser().said(f"{service.origin}/{number}")) for number in range(2)]
    for number, phone in enumerate([*phones, phones[0]]):
        notify.store(notify.told(f"{number}", notify.Note("Judul", "Isi", "/", f"{number}"), [phone]))
        pushes.append(Push.objects.get(key=f"{number}/{phone.pk}"))
    first, other, second = pushes
    (leased,) = push_rounds._lease([first.pk])
    assert set(push_rounds._due()) == {other}  # what another worker sees
    assert push_rounds._lease([second.pk]) == []  # it had looked a moment before
    push_rounds._write([push_calls.Outcome(leased, push_calls.End.TAKEN)], [])
    assert set(push_rounds._due()) == {other, second}
    push_rounds._lease([second.pk])
    Phone.objects.update(called_until=timezone.now())  # a worker that was killed
    Push.objects.filter(pk=second.pk).update(due_at=timezone.now())
    assert second in push_rounds._due()


@pytest.mark.django_db(transaction=True)  # what has a transaction of its own shows only without one around it
def test_a_phone_whose_worker_was_killed_after_the_call_is_told_what_is_new_at_once(service, monkeypatch) -> None:
    who = person()
    notify.join(who, Browser().said(f"{service.origin}/1"))
    news(who, 1)

    def killed(taken: list[Push]) -> None:
        if taken:
            raise OperationalError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(push_rounds, "_mark", killed)
        with pytest.raises(OperationalError):
            notify.deliver_pushes()
    news(who, 2)
    assert notify.deliver_pushes() == 1
    assert not Push.objects.filter(ended_at=None).exists()
    assert Phone.objects.get().told_at
    if connection.features.has_select_for_update_skip_locked:
        marked_while_its_phone_is_held(who)


def marked_while_its_phone_is_held(who: Person) -> None:
    """Whoever lets a phone go takes what waits for it first, then the phone: the other way round, both would wait for
    each other."""
    news(who, 3)
    (leased,) = push_rounds._write([], [Push.objects.get(ended_at=None).pk])
    held, found = threading.Event(), []

    def hold() -> None:
        try:
            with transaction.atomic():
                Phone.objects.select_for_update().get()
                held.set()
                end = time.monotonic() + 20
                while not found and time.monotonic() < end:
                    found.extend(Push.objects.filter(pk=leased.pk).exclude(ended_at=None))
                    time.sleep(0.02)
        finally:
            connection.close()

    other = threading.Thread(target=hold)
    other.start()
    assert held.wait(20)
    push_rounds._write([push_calls.Outcome(leased, push_calls.End.TAKEN)], [])
    other.join()
    assert found == [leased]
    assert Phone.objects.get().called_until is None


@pytest.mark.django_db
def test_a_worker_that_ends_puts_back_what_it_has_not_begun_and_nothing_leaves_too_late(service, monkeypatch) -> None:
    who, begun, gate = person(), list[Push](), threading.Event()
    for number in range(3):
        notify.join(who, Browser().said(f"{service.origin}/{number}"))
    news(who)

    def call(push: Push, *_more: object) -> push_calls.Outcome:
        begun.append(push)
        gate.wait(60)
        return push_calls.Outcome(push, push_calls.End.TAKEN)

    real = push_rounds._put_back
    monkeypatch.setattr(push_rounds, "QUICK", 1)
    monkeypatch.setattr(push_rounds, "_put_back", lambda under_way: (real(under_way), gate.set())[0])
    monkeypatch.setattr(push_calls, "call", call)
    push_rounds.paces.note("127.0.0.1", 0.0)
    assert notify.deliver_pushes(stopping=lambda: bool(begun)) == len(begun) == 1
    waits = Push.objects.filter(ended_at=None)
    assert (waits.count(), waits.filter(due_at__lte=timezone.now()).count()) == (2, 2)
    monkeypatch.undo()
    # It has waited for a thread until it is too late; or an hour, as its service was away.
    one = waits.select_related("phone").first()
    one.expires_at = timezone.now()
    assert push_calls.call(one, {}, lambda _said: None, False).end is push_calls.End.OVER
    waits.update(expires_at=timezone.now())
    assert notify.deliver_pushes() == 0
    assert Push.objects.filter(error="too late", said={}).count() == 2
    # Its address may not be called any more: that is the end of this phone, and of nobody's work.
    news(who, 2)
    Phone.objects.filter(endpoint__endswith="/1").update(endpoint="https://a b/")
    monkeypatch.setattr(push_calls, "call", lambda push, *_more: push_calls.Outcome(push, push_calls.End.TAKEN))
    assert notify.deliver_pushes() == 2
    assert Phone.objects.count() == 2


@pytest.mark.django_db
def test_only_a_push_services_address_is_taken_and_a_bounded_number_of_them(settings, monkeypatch) -> None:
    citizen, other = person(), person("dua@contoh.id")
    monkeypatch.setattr(addresses.config(), "private_addresses", [])
    good = Browser().said("https://push.example/1")
    for endpoint in (
        "http://push.example/1", "https://127.0.0.1/1", "https://10.0.0.8/x", "https://[::1]/x", "https://169.254.169.254/",
        "ftp://push.example", "https://", "https://push.example@10.0.0.1/", "https://a b/", "x" * 9000, "https://[::ffff:10.1.1.1]/",
    ):  # fmt: skip
        with pytest.raises(Problem) as refused:
            notify.join(citizen, good | {"endpoint": endpoint})
        assert refused.value.code == "bad_endpoint"
        assert refused.value.status == 422
    for bad in (
        {"endpoint": 5}, {"keys": None}, {"keys": []}, {"keys": {"p256dh": "x", "auth": "y"}},
        {"keys": good["keys"] | {"auth": "AAAA"}}, {"keys": {"p256dh": ["x"], "auth": {}}}, {"endpoint": None},
    ):  # fmt: skip
        with pytest.raises(Problem) as refused:
            notify.join(citizen, good | bad)
        assert refused.value.code == "bad_push_key"
    assert not Phone.objects.exists()
    for number in range(10):
        notify.join(citizen, Browser().said(f"https://push.example/{number}"))
    assert Phone.objects.count() == phones.MOST_PHONES
    assert {one.endpoint[-1] for one in notify.phones_of(citizen)} == set("23456789")
    notify.join(other, Browser().said("https://push.example/9"))  # somebody else signed in on that phone
    assert Phone.objects.filter(person=other).count() == 1
    assert Phone.objects.filter(person=citizen).count() == 7
    # A name that leads into a private network is found out when it is called, and let go.
    Phone.objects.filter(person=citizen).delete()
    notify.join(citizen, Browser().said("https://localhost/x"))
    news(citizen)
    assert notify.deliver_pushes() == 0
    assert not Phone.objects.filter(person=citizen).exists()


@pytest.mark.django_db
def test_a_lost_key_a_new_account_or_a_new_password_tells_nobody_what_is_not_theirs(client, service) -> None:
    citizen, other = person(), person("lain@contoh.id")
    # A key that no safety key opens for a while costs nobody their phone: what is told waits, and then goes on.
    browser = Browser()
    phone = notify.join(citizen, browser.said(f"{service.origin}/1"))
    before, kept = notify.public_key(), PushKey.objects.get().sealed
    assert notify.begin_anew() == 0
    PushKey.objects.update(sealed="gAAAAAlost")
    push_tokens._tokens.clear()
    news(citizen, 1)
    assert notify.deliver_pushes() == 0
    assert Push.objects.get(ended_at=None).error == "key closed"
    client.force_login(citizen)
    asked = client.post("/account/notices/phone", {"asks": "key"}, content_type="application/json")
    assert (asked.status_code, asked.json()["code"]) == (503, "push_key_closed")
    assert notify.is_key_closed()
    PushKey.objects.update(sealed=kept)
    assert notify.public_key() == before
    Push.objects.update(due_at=timezone.now())
    assert notify.deliver_pushes() == 1
    # Somebody else signs in on that phone: what still waited for the one before is not for them.
    news(citizen, 2)
    notify.join(other, browser.said(f"{service.origin}/1"))
    assert not Push.objects.filter(ended_at=None).exists()
    assert not Phone.objects.filter(pk=phone.pk).exists()
    # The session of the one before ends, from elsewhere: the phone is no longer theirs to let go.
    phones.signed_out_there({"_auth_user_id": str(citizen.pk), notify.SIGNED_IN: phone.digest})
    assert Phone.objects.filter(person=other).exists()
    phones.signed_out_there({"_auth_user_id": str(other.pk), notify.SIGNED_IN: phone.digest})
    assert not Phone.objects.exists()
    # A new password ends what other devices are told; keys that are written oddly are kept as everybody writes them.
    said = Browser().said("https://push.example/1")
    padded = {name: key + "=" * 200 for name, key in said["keys"].items()}
    assert notify.join(citizen, said | {"keys": padded}).p256dh == said["keys"]["p256dh"]
    client.post("/account/notices/phone", Browser().said("https://push.example/2"), content_type="application/json")
    citizen.set_password("panjang sekali 1")
    citizen.save()
    client.force_login(citizen)
    client.post("/account/notices/phone", Browser().said("https://push.example/2"), content_type="application/json")
    new = "panjang sekali 2"
    client.post("/accounts/password/change/", {"oldpassword": "panjang sekali 1", "password1": new, "password2": new})
    citizen.refresh_from_db()
    assert citizen.check_password(new)
    assert [one.endpoint for one in Phone.objects.all()] == ["https://push.example/2"]
    # Lost for good: the operator says so.
    PushKey.objects.update(sealed="gAAAAAlost")
    assert notify.begin_anew() == 1
    assert notify.public_key() != before


@pytest.mark.django_db
def test_the_page_says_in_words_what_comes_and_lets_go_of_a_phone(client, world) -> None:
    citizen = person()
    client.force_login(citizen)
    said = Browser().said("https://push.example/1")
    agent = {"User-Agent": "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36"}

    def post(told, **more):
        return client.post("/account/notices/phone", told, content_type="application/json", headers=agent, **more)

    assert post(said).status_code == 201
    assert post(said).status_code == 201
    page = client.get("/account/notices").content.decode()
    assert "Chrome · Android" in page
    assert not PushKey.objects.exists()  # who only looks changes nothing
    assert post({"asks": "key"}).json() == {"key": notify.public_key()}
    assert "Kabar laporan saya" in page
    assert "/account/notices" in client.get("/account").content.decode()
    client.post("/account/notices", {"do": "choose", "kind": ["reports", "apa"]})
    assert PushChoice.objects.get().without == ["neighbours", "warnings"]
    assert notify.wanted(citizen) == {"reports"}
    # Of duty only who works somewhere is asked, and told only who said so.
    assert 'value="neighbours"' in page
    assert 'value="duty"' not in page
    officer, desk = person("petugas@contoh.id"), Client()
    Membership.objects.create(person=officer, body=bodies.get("31"), role="officer")
    Watch.objects.create(body_id="31", title="Posko", area_code="31")
    desk.force_login(officer)
    assert '<input type="checkbox" name="kind" value="duty" >' in desk.get("/account/notices").content.decode()
    assert notify.wanted(officer) == {"reports", "warnings", "neighbours"}
    desk.post("/account/notices", {"do": "choose", "kind": ["duty", "reports"]})
    assert notify.wanted(officer) == {"reports", "duty"}
    assert 'value="duty" checked' in desk.get("/account/notices").content.decode()
    for bad, status in (
        (b"[]", 400),
        (b"{", 400),
        (b"[" * 5000, 400),
        (b'{"a": "' + b"x" * 9000 + b'"}', 400),
        (b"{}", 422),
    ):
        answer = post(bad)
        assert answer.status_code == status
        assert answer.json()["words"]
    assert Client().post("/account/notices/phone", said, content_type="application/json").status_code == 401
    number = Phone.objects.get().pk
    other = Client()
    other.force_login(person("dua@contoh.id"))
    other.post("/account/notices", {"do": "leave", "phone": number})  # not theirs
    for odd in ("", "x", "9" * 30, "-1", "٣"):
        assert client.post("/account/notices", {"do": "leave", "phone": odd}).status_code == 302
    assert Phone.objects.count() == 1
    client.post("/account/notices", {"do": "leave", "phone": number})
    assert not Phone.objects.exists()
    post(said)
    assert post({"endpoint": said["endpoint"], "left": True}).status_code == 200
    assert not Phone.objects.exists()
    # Who signs out leaves the phone to others.
    post(said)
    notify.join(citizen, Browser().said("https://push.example/elsewhere"))
    client.post("/accounts/logout/")
    assert [one.endpoint for one in notify.phones_of(citizen)] == ["https://push.example/elsewhere"]
