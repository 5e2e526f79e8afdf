"""A body with nothing but a mailbox: it is written to, and answers through the link in the mail."""

from __future__ import annotations

import re
import socket
from datetime import timedelta
from email import policy
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPSenderRefused, SMTPServerDisconnected
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from kentongan import network, reports, routing
from kentongan.foundation import outbox
from kentongan.foundation.problems import Problem
from kentongan.network import dialects, peers
from kentongan.network.dialects.base import Later, Line, Parked, Picture
from kentongan.network.dialects.email import answering, letter, links, page, sending
from kentongan.network.models import Delivery, HandOver, PeerState, ReplyLink
from kentongan.notify.keeping import KEPT_HERE
from kentongan.notify.models import Message
from kentongan.reports.audit import audit
from kentongan.reports.models import Report
from kentongan.reports.states import Actor
from kentongan.reports.who import Who
from kentongan.subscribers import register
from tests.notify.test_notify import Server
from tests.pictures import picture
from tests.world import BEKASI, person, submission

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(settings):
    handler = Server()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", port, False
    yield handler
    controller.stop()


@pytest.fixture
def mailbox(world: None) -> None:
    """Kabupaten Bekasi, which has no system, reached through its mailbox."""
    register()
    peer = peers.add("bekasi", "email", "mailto:pengaduan@bekasi.example", title="Pemerintah Kabupaten Bekasi")
    peers.set_reach(peer, "32.16")
    peers.switch(peer, PeerState.ACTIVE)


def drain() -> None:
    """Lets the worker see what has happened, and sends what is due."""
    while outbox.drain():
        pass
    network.deliver_all(5)


def sent(**fields: Any) -> Report:
    """Rubbish in Bekasi, told to the mailbox."""
    made = routing.submit(submission("waste", at=BEKASI, **fields), None).report
    drain()
    return made


def parsed(message: Any) -> Any:
    """A mail with its parts decoded."""
    import email

    return email.message_from_bytes(message.as_bytes(), policy=policy.default)


def words(message: Any) -> str:
    return parsed(message).get_body(("plain",)).get_content()


def link_in(message: Any) -> str:
    """The path of the reply link, as somebody would press it."""
    return re.search(r"https?://[^/\s]+(/reply/\S+)", words(message)).group(1)


def press(browser: Client, link: str, step: str, **fields: Any) -> Any:
    return browser.post(link, {"step": step, "nonce": fields.pop("nonce", step), **fields})


def kinds(report: Report) -> list[str]:
    return [entry.kind for entry in report.entries.order_by("seq")]


def test_a_report_reaches_a_body_that_has_only_a_mailbox(server, mailbox) -> None:
    report = sent(photos=(reports.add_photo(picture()).pk,))
    mail = parsed(server.taken[0])
    text, html = words(mail), mail.get_body(("html",)).get_content()
    assert text.index("Ada laporan warga untuk Anda.") < text.index("A report from a citizen is for you.")
    for said in (
        report.code,
        "Lubang besar di tengah jalan",
        "Tenggat:",
        "Mengapa kepada Anda:",
        "openstreetmap",
    ):
        assert said in text
    assert "Jawab, tanpa akun" in html
    assert [part.get_content_type() for part in mail.iter_attachments()] == ["image/jpeg"]
    assert mail["To"] == "pengaduan@bekasi.example"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert kinds(report) == ["received", "routed", "sent_out"]


def test_the_mail_tells_nothing_of_the_reporter(server, mailbox) -> None:
    routing.submit(submission("waste", at=BEKASI), person("rahasia@contoh.id", name="Nama Pelapor"))
    drain()
    whole = server.taken[0].as_string()
    assert "rahasia@contoh.id" not in whole
    assert "Nama Pelapor" not in words(server.taken[0])


def test_a_body_accepts_answers_and_closes_with_a_photo_without_an_account(server, mailbox) -> None:
    report, browser = sent(), Client()
    link = link_in(server.taken[0])
    assert press(browser, link, "accept", text="Besok diangkut").status_code == 302
    assert press(browser, link, "note", text="Truk berangkat").status_code == 302
    after = SimpleUploadedFile("sesudah.jpg", picture(1).read(), "image/jpeg")
    assert press(browser, link, "resolve", photos=after).status_code == 302
    report.refresh_from_db()
    assert (report.state, report.ending) == ("resolved", "solved")
    assert [photo.role for photo in reports.photos(report)] == ["after"]
    assert kinds(report) == ["received", "routed", "sent_out", "accepted", "noted", "resolved"]
    assert HandOver.objects.get().state == "accepted"
    assert {entry.body_id for entry in report.entries.filter(actor="peer")} == {"32.16"}
    assert list(audit()) == []


def test_opening_the_link_changes_nothing(server, mailbox) -> None:
    report = sent()
    link, scanner = link_in(server.taken[0]), Client()
    for _ in range(3):
        assert scanner.get(link).status_code == 200
        assert scanner.head(link).status_code == 200
    assert kinds(report) == ["received", "routed", "sent_out"]
    assert ReplyLink.objects.get().used_at is None
    answer = scanner.get(link)
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Robots-Tag"] == "noindex"


def test_a_step_needs_the_forms_own_token(server, mailbox) -> None:
    report = sent()
    assert press(Client(enforce_csrf_checks=True), link_in(server.taken[0]), "accept").status_code == 403
    assert "accepted" not in kinds(report)


def test_a_used_link_serves_nobody_else_and_tells_how_to_get_a_new_one(server, mailbox) -> None:
    report, stranger = sent(), Client()
    link = link_in(server.taken[0])
    press(Client(), link, "accept")
    refused = press(stranger, link, "resolve", no_photo_reason="x")
    assert refused.status_code == 409
    assert "Kirim tautan baru" in stranger.get(link).content.decode()
    drain()
    fresh = link_in(server.taken[1])
    assert fresh != link
    press(stranger, link, "link")
    drain()
    newest = link_in(server.taken[2])
    assert len({link, fresh, newest}) == 3
    assert press(stranger, newest, "note", text="Kami di lokasi").status_code == 302
    assert kinds(report)[-1] == "noted"


def test_new_links_are_sent_to_the_mailbox_only_and_not_without_end(server, mailbox) -> None:
    sent()
    link, browser = link_in(server.taken[0]), Client()
    for _ in range(3):
        answer = press(browser, link, "link", nonce="")
        assert answer.status_code == 302
    assert press(browser, link, "link", nonce="").status_code == 429
    drain()
    assert len(server.taken) == 4
    shown = browser.get(link).content.decode()
    assert all(link_in(mail).split("/")[-1] not in shown for mail in server.taken[1:])


def test_an_expired_link_says_so(server, mailbox) -> None:
    report = sent()
    ReplyLink.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    link, browser = link_in(server.taken[0]), Client()
    assert "sudah kedaluwarsa" in browser.get(link).content.decode()
    assert press(browser, link, "accept").status_code == 409
    assert "accepted" not in kinds(report)


def test_a_link_that_is_cut_or_guessed_leads_nowhere(server, mailbox) -> None:
    sent()
    link = link_in(server.taken[0])
    for wrong in (link[:-1], "/reply/x", "/reply/" + "A" * 43, "/reply/%00", "/reply/%F0%9F%92%A9"):
        assert Client().get(wrong).status_code == 404


def test_only_a_hash_of_the_link_is_kept(server, mailbox) -> None:
    sent()
    token = link_in(server.taken[0]).split("/")[-1]
    kept = ReplyLink.objects.values().get()
    assert token not in str(kept)
    assert token not in str(list(Delivery.objects.values()))


def test_of_two_browsers_that_answer_at_once_the_slower_is_told_and_changes_nothing(server, mailbox) -> None:
    report = sent()
    seen = links.find(link_in(server.taken[0]).split("/")[-1])  # as both have looked
    press(Client(), link_in(server.taken[0]), "accept")
    with pytest.raises(Problem) as refused:
        answering.answer(seen, Client().session, "note", "Kami di lokasi", nonce="2")
    assert (refused.value.code, refused.value.status) == ("used_link", 409)
    assert kinds(report)[-1] == "accepted"


def test_too_many_photos_or_one_too_large_lose_no_words(server, mailbox, monkeypatch) -> None:
    report, browser = sent(), Client()
    link = link_in(server.taken[0])
    photos = [SimpleUploadedFile(f"{one}.jpg", b"jpeg", "image/jpeg") for one in range(6)]
    refused = press(browser, link, "resolve", text="Sudah bersih", photos=photos)
    assert refused.status_code == 422
    assert "Sudah bersih" in refused.content.decode()
    monkeypatch.setattr(page, "MOST_BYTES", 3)
    refused = press(browser, link, "resolve", text="Sudah rapi", photos=SimpleUploadedFile("1.jpg", b"jpeg"))
    assert refused.status_code == 413
    assert "Sudah rapi" in refused.content.decode()
    assert kinds(report)[-1] == "sent_out"


def test_the_same_form_sent_twice_is_taken_once(server, mailbox) -> None:
    report, browser = sent(), Client()
    link = link_in(server.taken[0])
    for _ in range(2):
        assert press(browser, link, "note", text="Sedang dicek").status_code == 302
    assert kinds(report).count("noted") == 1


def test_closing_needs_a_photo_or_a_reason_and_a_refusal_loses_no_words(server, mailbox) -> None:
    report, browser = sent(), Client()
    link = link_in(server.taken[0])
    refused = press(browser, link, "resolve", text="Sudah bersih semuanya")
    assert refused.status_code == 422
    assert "Sudah bersih semuanya" in refused.content.decode()
    broken = SimpleUploadedFile("x.jpg", b"no picture", "image/jpeg")
    assert press(browser, link, "resolve", photos=broken, nonce="2").status_code == 415
    assert ReplyLink.objects.get().used_at is None
    assert press(browser, link, "resolve", no_photo_reason="Malam hari", nonce="3").status_code == 302
    report.refresh_from_db()
    assert report.state == "resolved"
    assert report.entries.last().data["no_photo_reason"] == "Malam hari"


@pytest.mark.parametrize("step", ["note", "decline", "reject"])
def test_words_are_asked_for_where_people_wait_for_them(server, mailbox, step: str) -> None:
    report = sent()
    assert press(Client(), link_in(server.taken[0]), step, text="  ").status_code == 422
    assert kinds(report)[-1] == "sent_out"


@pytest.mark.parametrize("step", ["", "fly", "submit"])
def test_a_step_that_is_none_is_refused(server, mailbox, step: str) -> None:
    sent()
    assert press(Client(), link_in(server.taken[0]), step).status_code == 409


def test_not_ours_brings_the_report_back_and_the_link_ends(server, mailbox) -> None:
    report, browser = sent(), Client()
    link = link_in(server.taken[0])
    assert press(browser, link, "decline", text="Ini jalan provinsi").status_code == 302
    report.refresh_from_db()
    assert "declined" in kinds(report)
    assert HandOver.objects.order_by("pk").first().state == "declined"
    assert "tidak lagi pada Anda" in browser.get(link).content.decode()
    assert press(browser, link, "accept").status_code == 409
    # No mail is promised that nobody would write.
    drain()
    before = len(server.taken)
    assert press(browser, link, "link", nonce="").status_code == 409
    drain()
    assert len(server.taken) == before


def test_news_comes_as_a_further_mail_in_the_same_thread_with_a_link_of_its_own(server, mailbox) -> None:
    report = sent()
    reports.comment(report.code, Who(person(), Actor.CITIZEN), "Baunya sampai ke sekolah")
    drain()
    first, second = server.taken
    assert "Baunya sampai ke sekolah" in words(second)
    assert second["References"] == first["Message-ID"] == second["In-Reply-To"]
    assert link_in(first) != link_in(second)
    assert press(Client(), link_in(second), "accept").status_code == 302


def test_a_result_that_is_rejected_goes_back_to_the_mailbox(server, mailbox) -> None:
    reporter = person()
    report = routing.submit(submission("waste", at=BEKASI), reporter).report
    drain()
    browser, link = Client(), link_in(server.taken[0])
    press(browser, link, "resolve", no_photo_reason="Kamera rusak")
    reports.contest(report.code, Who(reporter, Actor.REPORTER), "Masih menumpuk", photos=())
    drain()
    newest = server.taken[-1]
    assert "Laporan dibuka kembali" in words(newest)
    assert press(Client(), link_in(newest), "accept").status_code == 302
    report.refresh_from_db()
    assert report.state == "accepted"


def test_a_report_that_is_passed_on_is_taken_back_by_mail(server, mailbox) -> None:
    report = sent()
    reports.transfer(report.code, Who(person(), Actor.OFFICER), "id.pln", "Ini kabel listrik")
    drain()
    assert "sudah diteruskan ke pihak lain" in words(server.taken[1])
    assert "/reply/" not in words(server.taken[1])


def test_a_repeat_bears_the_same_id_and_the_same_link(server, mailbox) -> None:
    report = sent()
    stay = HandOver.objects.get()
    Delivery.objects.create(
        peer_id="bekasi", report=report, kind="request", key=f"request/{stay.pk}", payload={"stay": stay.pk}
    )
    drain()
    first, again = server.taken
    assert first["Message-ID"] == again["Message-ID"]
    assert link_in(first) == link_in(again)


def test_a_mailbox_that_does_not_exist_waits_for_a_person(server, mailbox) -> None:
    server.refuse = ["550 5.1.1 no such user"]
    sent()
    held = Delivery.objects.get()
    assert held.state == "parked"
    assert "menolak kotak surat ini (550)" in held.error
    assert network.retry("bekasi") == 1
    drain()
    assert len(server.taken) == 1


@pytest.mark.parametrize(("fault", "became", "words"), [
    (SMTPSenderRefused(550, b"no", "kami@contoh.id"), Later, "KENTONGAN_MAIL_FROM sebagai pengirim (550)"),
    (SMTPSenderRefused(451, b"no", "kami@contoh.id"), Later, "451"), (SMTPDataError(554, b"spam"), Parked, "554"),
    (SMTPDataError(451, b"busy"), Later, "451"), (SMTPRecipientsRefused({"a@b.example": (450, b"full")}), Later, "450"),
    (SMTPServerDisconnected("gone"), Later, "SMTPServerDisconnected"),
    (OSError("down"), Later, "tidak dapat dihubungi"),
])  # fmt: skip
def test_what_a_mail_server_refuses_is_told_by_what_can_be_done_about_it(
    fault: Exception, became: type[Later | Parked], words: str
) -> None:
    outcome = sending._what_became(fault)
    assert isinstance(outcome, became)
    assert words in outcome.error
    assert "spam" not in outcome.error


def picture_of(content: bytes | Exception) -> Picture:
    def read() -> bytes:
        if isinstance(content, Exception):
            raise content
        return content

    return Picture("1", 1, "report", "", read)


def test_of_photos_too_large_for_a_mailbox_and_of_lost_ones_the_others_still_go_along() -> None:
    many = b"x" * (letter.MOST_BYTES - 10)
    pictures = tuple(picture_of(one) for one in (OSError("gone"), many, b"y" * 20))
    assert list(letter._contents(pictures)) == [many]
    pictures = tuple(picture_of(one) for one in (many, b"y" * 20, b"z" * 10))
    assert list(letter._contents(pictures)) == [many, b"z" * 10]


def test_a_busy_mail_server_is_asked_again_later(server, mailbox) -> None:
    server.refuse = ["451 4.7.1 greylisted"]
    sent()
    held = Delivery.objects.get()
    assert (held.state, held.attempts) == ("waiting", 1)
    assert held.due_at - timezone.now() > timedelta(minutes=4)
    Delivery.objects.update(due_at=timezone.now())
    drain()
    assert len(server.taken) == 1


def test_without_a_mail_server_nothing_is_lost(settings, mailbox) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    report = sent()
    assert Delivery.objects.get().state == "waiting"
    assert dialects.dialect("email").test(Line("bekasi", "a@b.example")) != []
    assert kinds(report) == ["received", "routed"]


def test_the_demonstration_keeps_the_mail_with_its_link_on_a_page(settings, mailbox) -> None:
    settings.EMAIL_BACKEND = KEPT_HERE
    sent()
    kept = Message.objects.get(address="pengaduan@bekasi.example")
    assert "/reply/" in kept.body


def test_a_secret_report_is_never_mailed(server, mailbox) -> None:
    routing.submit(submission("waste", at=BEKASI, privacy="secret"), person())
    drain()
    assert server.taken == []
    assert Delivery.objects.get().state == "parked"


def test_an_address_that_is_none_is_refused_before_it_is_used() -> None:
    with pytest.raises(Problem, match="bad_mailbox"):
        dialects.dialect("email").discover(Line("x", "mailto:not an address"))
    assert dialects.dialect("email").discover(Line("x", "mailto:a@b.example")).line.name == "x"


def test_a_link_of_one_report_does_not_touch_another(server, mailbox) -> None:
    first, second = sent(), sent()
    press(Client(), link_in(server.taken[0]), "accept")
    assert "accepted" in kinds(first)
    assert "accepted" not in kinds(second)


def test_the_page_speaks_english_too(server, mailbox) -> None:
    sent()
    page = Client().get(link_in(server.taken[0]), headers={"accept-language": "en"}).content.decode()
    assert "We take it on" in page
    assert "It is not ours" in page


@pytest.mark.parametrize("known", [True, False])
def test_the_page_promises_news_to_the_reporter_only_where_one_has_an_account(server, mailbox, known: bool) -> None:
    routing.submit(submission("waste", BEKASI), person("warga@contoh.id") if known else None)
    drain()
    link, client = link_in(server.taken[0]), Client()
    assert ("Pelapor dikabari" in client.get(link).content.decode()) is known
