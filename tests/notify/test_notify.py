"""The reporter is told, in their language, once; and a mail server that fails loses nothing."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from datetime import timedelta
from unittest import mock

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as Kept
from django.core.mail import EmailMessage, send_mail
from django.utils import timezone

from kentongan import bodies, places, reports, routing
from kentongan.bodies.models import Membership
from kentongan.foundation import mail
from kentongan.notify import deliver, delivery, write_mail
from kentongan.notify.keeping import KEPT_HERE
from kentongan.notify.models import Message
from kentongan.notify.storing import StoringBackend
from kentongan.reports.models import Entry, Report
from tests.world import BEKASI, person, submission

pytestmark = pytest.mark.django_db


class Server(Kept):
    """An SMTP server that keeps what it takes; `refuse` is what it says to the next recipients."""

    def __init__(self):
        super().__init__()
        self.taken, self.refuse = [], []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.refuse:
            return self.refuse.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    def handle_message(self, message):
        self.taken.append(message)


@pytest.fixture
def server(settings):
    handler = Server()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_USE_TLS = "127.0.0.1", False
    settings.EMAIL_PORT = port
    yield handler
    controller.stop()


@pytest.fixture
def officer(world):
    member = person("petugas@contoh.id", name="Petugas")
    Membership.objects.create(person=member, body=bodies.get("31.roads"), role="officer")
    return reports.Who(member, reports.Actor.OFFICER, "31.roads")


def tell_all():
    """What the outbox would hand over, twice, as it may."""
    for entry in [*Entry.objects.order_by("pk"), *Entry.objects.order_by("pk")]:
        write_mail([{"report": entry.report_id, "seq": entry.seq, "kind": entry.kind}])()


def make(reporter=None, **given):
    return routing.submit(submission(**given), reporter or person()).report


def test_each_step_of_the_body_is_told_once(officer):
    report = make()
    reports.accept(report.code, officer)
    reports.resolve(report.code, officer, "Sudah ditambal", no_photo_reason="Malam")
    tell_all()
    subjects = list(Message.objects.order_by("pk").values_list("subject", flat=True))
    assert len(subjects) == 3
    assert all(subject.startswith(report.code) for subject in subjects)
    assert "Sudah ditambal" in Message.objects.last().body
    assert f"/r/{report.code}" in Message.objects.last().body


def test_the_mail_is_in_the_language_of_the_reporter(officer):
    make(person("made@contoh.id", language="id"))
    make(person("kate@contoh.id", language="en"), text="Big hole")
    tell_all()
    indonesian, english = Message.objects.order_by("pk")
    assert "Laporan Anda" in indonesian.body
    assert "Dinas Bina Marga" in indonesian.subject
    assert "Your report has reached Jakarta Department of Roads" in english.body


def test_the_reasons_of_the_routing_stand_in_the_first_mail(world):
    report = make()
    tell_all()
    for reason in report.decision["reasons"]:
        assert reason["text"]["id"] in Message.objects.get().body


@pytest.mark.parametrize("privacy", ["public", "secret"])
def test_the_mail_says_where_it_is_unless_the_report_is_not_public(world, privacy):
    report = make(privacy=privacy)
    kept = places.Address("Jl. Uji", "timur", landmark="SDN Uji").kept()
    Report.objects.filter(pk=report.pk).update(address=kept)
    tell_all()
    body = Message.objects.get().body
    assert ("Lokasi: Jl. Uji (sisi timur), dekat SDN Uji, Kel. Gambir" in body) is (privacy == "public")
    assert ("Jl. Uji" in body) is (privacy == "public")


def test_a_report_that_waits_says_so_and_tells_when_the_body_joins(world):
    report = make(category="waste", at=BEKASI)
    tell_all()
    assert "belum" in Message.objects.get().subject
    bodies.make_partner("32.16")
    routing.hand_over("32.16")
    tell_all()
    assert Message.objects.count() == 2
    assert Message.objects.last().entry.kind == "handed_over"
    assert Message.objects.last().entry.report_id == report.pk


def test_internal_notes_and_own_steps_are_not_told(officer):
    report = make()
    tell_all()
    reports.note(report.code, officer, "Hanya untuk kita", internal=True)
    reports.resolve(report.code, officer, no_photo_reason="Malam")
    reports.confirm(report.code, reports.Who(report.reporter, reports.Actor.REPORTER))
    tell_all()
    assert [one.entry.kind for one in Message.objects.order_by("pk")] == ["routed", "resolved"]


def test_a_look_at_the_identity_is_told_with_its_reason(officer):
    report = make()
    reports.look_at_identity(report.code, officer, "Perlu menelepon pelapor")
    tell_all()
    assert "Perlu menelepon pelapor" in Message.objects.last().body


def test_a_report_without_an_account_writes_no_mail(world):
    routing.submit(submission(), None)
    tell_all()
    assert not Message.objects.exists()


def test_made_up_people_get_no_mail_outside_the_demo(world, settings):
    make(person(is_demo=True))
    tell_all()
    assert not Message.objects.exists()
    settings.EMAIL_BACKEND = KEPT_HERE
    tell_all()
    assert Message.objects.get().is_demo


def test_the_worker_sends_what_is_written(world, server):
    report = make()
    tell_all()
    assert deliver() == 1
    (mail,) = server.taken
    assert mail["To"] == "warga@contoh.id"
    assert report.code in mail["Subject"]
    assert mail["Auto-Submitted"] == "auto-generated"
    assert Message.objects.get().sent_at
    assert deliver() == 0
    assert len(server.taken) == 1


def test_a_mail_that_the_server_took_is_not_sent_again_by_who_comes_after_a_kill(world, server, settings, monkeypatch):
    class Killed(BaseException):
        """As a kill between the server's 250 and the mark."""

    def kill(_message):
        raise Killed

    make()
    tell_all()
    for urgent in (False, True):
        if urgent:
            settings.EMAIL_BACKEND = "kentongan.notify.storing.StoringBackend"
            send_mail("Kode masuk", "ABC-123", None, ["warga@contoh.id"])
        with monkeypatch.context() as patched:
            patched.setattr(delivery, "_mark", kill)
            with pytest.raises(Killed):
                deliver()
        Message.objects.filter(sent_at=None).update(due_at=timezone.now() - timedelta(seconds=1))  # its lease is over
        assert deliver() == 0
    assert len(server.taken) == 2
    assert [one.sent_at is not None for one in Message.objects.all()] == [True]


def test_a_note_of_before_a_restored_backup_marks_no_other_mail_of_the_same_number_and_key(world):
    make()
    tell_all()
    message = Message.objects.get()
    note = {"mails": [delivery._named(message)]}
    message.written_at += timedelta(seconds=1)
    message.save()
    delivery._mark_left([note])
    assert Message.objects.get().sent_at is None
    delivery._mark_left([{"mails": [delivery._named(message)]}])
    assert Message.objects.get().sent_at is not None


def test_a_server_that_is_busy_is_asked_again_later(world, server):
    make()
    tell_all()
    server.refuse = ["450 busy"]
    assert deliver() == 0
    message = Message.objects.get()
    assert (message.attempts, message.given_up, message.sent_at) == (1, False, None)
    assert message.error.startswith("SMTPRecipientsRefused")
    assert deliver() == 0  # not due yet
    Message.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    assert deliver() == 1
    assert len(server.taken) == 1


def test_an_address_that_does_not_exist_is_given_up(world, server):
    make()
    tell_all()
    server.refuse = ["550 no such mailbox"]
    deliver()
    Message.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    assert Message.objects.get().given_up
    assert deliver() == 0


def test_one_bad_address_does_not_hold_up_the_others(world, server):
    make(person("a@contoh.id"))
    make(person("b@contoh.id"), text="Lubang lain")
    tell_all()
    server.refuse = ["550 no such mailbox"]
    assert deliver() == 1
    assert [mail["To"] for mail in server.taken] == ["b@contoh.id"]


def test_no_server_at_all_loses_nothing(world, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    make()
    tell_all()
    assert deliver() == 0
    assert Message.objects.get().error.startswith("ConnectionRefusedError")


def test_the_demo_sends_nothing_and_keeps_sign_in_codes_too(world, settings):
    settings.EMAIL_BACKEND = KEPT_HERE
    make()
    tell_all()
    assert deliver() == 1
    send_mail("Kode masuk", "ABC-123", None, ["warga@contoh.id"])
    assert Message.objects.filter(sent_at=None).count() == 0
    assert Message.objects.order_by("pk").last().to_person.email == "warga@contoh.id"


def test_a_sign_in_code_goes_out_with_the_worker_before_other_mail_and_is_kept_nowhere(world, server, settings):
    settings.EMAIL_BACKEND = "kentongan.notify.storing.StoringBackend"
    routing.submit(submission(), person("warga@contoh.id"))
    write_mail([{"report": one.report_id, "seq": one.seq, "kind": one.kind} for one in Entry.objects.all()])()
    send_mail("Your code", "Secret: 123 456", None, ["warga@contoh.id"])
    assert not server.taken  # the request waits for no mail server
    assert deliver() >= 2
    assert server.taken[0]["Subject"] == "Your code"
    assert not Message.objects.filter(body__contains="123 456").exists()
    assert Message.objects.exclude(sent_at=None).exists()


def test_a_sign_in_code_that_no_server_takes_is_forgotten_when_it_is_given_up(server, settings):
    settings.EMAIL_BACKEND = "kentongan.notify.storing.StoringBackend"
    send_mail("Your code", "Secret: 123 456", None, ["tiada@contoh.id"])
    server.refuse = ["550 no such user"]
    assert deliver() == 0
    assert not Message.objects.exists()


def test_signing_in_by_code_answers_at_once_where_the_mail_server_hangs(client, settings):
    person("warga@contoh.id")
    settings.EMAIL_BACKEND = "kentongan.notify.storing.StoringBackend"
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        settings.EMAIL_HOST, settings.EMAIL_PORT = silent.getsockname()
        answer = client.post("/accounts/login/code/", {"email": "warga@contoh.id"})
        assert answer.status_code == 302
        silent.settimeout(0.2)
        with pytest.raises(TimeoutError):
            silent.accept()  # nobody called
    assert Message.objects.get().is_urgent


def test_all_mails_of_a_connection_are_looked_after_by_one_thread(server):
    for number in range(4):
        Message.objects.create(key=f"t/{number}", address="warga@contoh.id", subject="s", body="b")
    begun, start = [], threading.Thread.start

    def counted(thread):
        begun.append(thread)
        start(thread)

    with mock.patch.object(threading.Thread, "start", counted):
        assert deliver() == 4
    assert len(begun) == 1
    begun[0].join(10)
    assert not begun[0].is_alive()  # nor is one left behind


def test_a_mail_server_that_drips_is_left_and_burns_the_tries_of_one_mail_only(server, settings, monkeypatch):
    settings.EMAIL_BACKEND = "kentongan.notify.storing.StoringBackend"
    monkeypatch.setattr(mail, "DEADLINE", 1.0)
    monkeypatch.setattr(mail.within.__wrapped__, "__defaults__", (1.0,))
    for number in range(5):
        send_mail("Code", str(number), None, ["warga@contoh.id"])
    stop = threading.Event()
    with socket.socket() as dripping:
        dripping.bind(("127.0.0.1", 0))
        dripping.listen()
        settings.EMAIL_HOST, settings.EMAIL_PORT = dripping.getsockname()

        def drip():
            line, _address = dripping.accept()
            with suppress(OSError):
                while not stop.wait(0.1):
                    line.sendall(b"2")  # a greeting that never ends

        host = threading.Thread(target=drip, daemon=True)
        host.start()
        assert deliver() == 0
        stop.set()
        host.join(10)
    assert sorted(Message.objects.values_list("attempts", flat=True)) == [0, 0, 0, 0, 1]
    assert not Message.objects.filter(due_at__gt=timezone.now() + timedelta(minutes=2)).exists()


def test_two_workers_send_no_mail_twice_and_one_that_died_leaves_its_mail_to_the_next(server):
    for number in range(4):
        Message.objects.create(key=f"t/{number}", address="warga@contoh.id", subject="s", body="b")
    held = delivery._lease(3)
    assert len(held) == 3
    assert deliver() == 1
    with mock.patch.object(timezone, "now", return_value=timezone.now() + delivery.LEASE + timedelta(seconds=1)):
        assert deliver() == 3
    assert len({one["Message-ID"] for one in server.taken}) == 4


def test_a_worker_that_is_to_end_gives_its_mail_back_at_once(world, server):
    make()
    tell_all()
    waiting = Message.objects.filter(sent_at=None).count()
    assert waiting
    asked = iter([False, True])
    deliver(stopping=lambda: next(asked, True))
    assert len(server.taken) <= 1
    left = Message.objects.filter(sent_at=None)
    assert left.count() == waiting - len(server.taken)
    assert not left.filter(due_at__gt=timezone.now()).exists()  # another worker need not wait for the lease
    assert not left.filter(attempts__gt=0).exists()


def test_a_mail_with_a_file_is_refused_and_not_sent_without_it(world):
    mail = EmailMessage("Laporan", "x", to=["a@contoh.id"], attachments=[("a.txt", "x", "text/plain")])
    with pytest.raises(ValueError, match="no attachments"):
        StoringBackend().send_messages([mail])
    assert not Message.objects.exists()
