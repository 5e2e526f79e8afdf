"""The port to the national complaint channel, against a stand-in of our own that is honest about being one."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from kentongan import network, reports, routing
from kentongan.foundation import outbox
from kentongan.foundation.problems import Problem
from kentongan.network import dialects, peers
from kentongan.network.dialects.base import Line
from kentongan.network.dialects.lapor import clock
from kentongan.network.models import Delivery, HandOver, Peer, PeerState
from kentongan.reports.audit import audit
from kentongan.reports.models import Report
from kentongan.reports.states import Actor
from kentongan.reports.who import Who
from kentongan.subscribers import register
from tests.lapor_stand_in import TOKEN, StandIn
from tests.pictures import picture
from tests.world import STREET, person, submission

database = pytest.mark.django_db


@pytest.fixture
def channel(world: None) -> Iterator[StandIn]:
    """The stand-in, behind which the national complaint service and the province of Jakarta work."""
    register()
    stand_in = StandIn()
    options: dict[str, object] = {"poll_every": 0}
    peer = peers.add("lapor", "lapor", stand_in.address, title="Kanal pengaduan", secret=TOKEN, options=options)
    for body in ("id.lapor", "31"):
        peers.set_reach(peer, body)
    peers.switch(peer, PeerState.ACTIVE)
    yield stand_in
    stand_in.stop()


def drain() -> None:
    while outbox.drain():
        pass
    for _ in range(4):
        network.deliver_all(1)


def sent(**fields: Any) -> Report:
    reporter, category = fields.pop("reporter", None), fields.pop("category", "suggestion")
    made = routing.submit(submission(category, at=STREET, **fields), reporter).report
    drain()
    made.refresh_from_db()
    return made


def kinds(report: Report) -> list[str]:
    return [entry.kind for entry in report.entries.order_by("seq")]


@database
def test_a_complaint_arrives_with_its_place_and_photos_and_gets_a_tracking_id(channel: StandIn) -> None:
    report = sent(photos=(reports.add_photo(picture()).pk,))
    stay = HandOver.objects.get()
    assert stay.remote_id == "1000"
    assert stay.remote_url == f"{channel.address}/lihat/1000"
    told = channel.complaints["1000"]["aduan"]
    assert report.code in told["judul"]
    assert told["lokasi"]["wilayah"][0] == "31"
    assert base64.b64decode(told["lampiran"][0]["isi"])[:2] == b"\xff\xd8"


@database
def test_the_date_that_people_see_follows_the_working_days_of_the_channel(channel: StandIn) -> None:
    # Monday 4 May 2026; Ascension and its joint holiday are the 14th and 15th.
    report = sent()
    assert report.deadline_at == datetime(2026, 5, 20, 23, 59, 59, tzinfo=clock.WIB)


@database
def test_days_decreed_since_are_a_setting(channel: StandIn) -> None:
    Peer.objects.update(options={"poll_every": 0, "holidays": ["2026-05-20"]})
    assert sent().deadline_at == datetime(2026, 5, 21, 23, 59, 59, tzinfo=clock.WIB)


@database
@pytest.mark.parametrize(("privacy", "anonymous", "secret"), [
    ("public", False, False), ("anonymous", True, False), ("secret", True, True),
])  # fmt: skip
def test_anonymous_and_secret_reports_say_so_and_name_nobody(
    channel: StandIn, privacy: str, anonymous: bool, secret: bool
) -> None:
    sent(privacy=privacy, reporter=person("rahasia@contoh.id", name="Nama Pelapor"))
    told = channel.complaints["1000"]["aduan"]
    assert (told["anonim"], told["rahasia"]) == (anonymous, secret)
    assert "rahasia@" not in str(told)
    assert "Nama Pelapor" not in str(told)


@database
def test_its_steps_come_back_once_with_the_day_the_next_is_due(channel: StandIn) -> None:
    report = sent()
    channel.tell("1000", "terverifikasi", "Diteruskan ke inspektorat")
    drain()
    channel.tell("1000", "tindak_lanjut", "Sedang diperiksa")
    photo = "data:image/jpeg;base64," + base64.b64encode(picture(4).read()).decode()
    channel.tell("1000", "selesai", "Sudah ditindak", (photo,))
    drain()
    drain()
    report.refresh_from_db()
    assert (report.state, report.ending) == ("resolved", "solved")
    assert kinds(report)[-3:] == ["accepted", "started", "resolved"]
    due = report.entries.get(kind="accepted").data["lapor"]["due"]
    assert due == datetime(2026, 5, 11, 23, 59, 59, tzinfo=clock.WIB).isoformat()
    assert [one.role for one in reports.photos(report)] == ["after"]
    assert list(audit()) == []


@database
def test_an_entry_that_is_not_as_described_costs_itself_only(channel: StandIn) -> None:
    report = sent()
    for odd in ({"status": "selesai"}, "x", {"id": 7, "status": "selesai", "waktu": "kemarin"}, None,
                {"id": 8, "status": "selesai", "waktu": "0001-01-01T00:00:00+14:00"}):  # fmt: skip
        channel.complaints["1000"]["riwayat"].append(odd)
    channel.tell("1000", "terverifikasi", "Diteruskan ke inspektorat")
    drain()
    report.refresh_from_db()
    assert report.entries.filter(text="Diteruskan ke inspektorat").count() == 1
    assert Peer.objects.get().failures == 0
    assert Peer.objects.get().options["odd"]


@database
def test_a_complaint_that_is_not_theirs_comes_back(channel: StandIn) -> None:
    report = sent()
    channel.tell("1000", "bukan_kewenangan", "Urusan pemerintah provinsi")
    drain()
    assert "declined" in kinds(report)
    assert HandOver.objects.get().state == "declined"


@database
def test_a_word_that_nobody_knows_changes_nothing_but_is_shown(channel: StandIn) -> None:
    report = sent()
    channel.tell("1000", "entah", "Menunggu disposisi")
    drain()
    report.refresh_from_db()
    assert report.state == "routed"
    assert kinds(report)[-1] == "noted"


@database
def test_what_people_add_is_told_there(channel: StandIn) -> None:
    report = sent()
    reports.comment(report.code, Who(person(), Actor.CITIZEN), "Masih berlangsung")
    drain()
    assert channel.answers[0]["isi"] == "Masih berlangsung"


@database
def test_a_kind_that_is_never_public_goes_there_as_secret(channel: StandIn) -> None:
    report = sent(category="corruption")
    assert report.is_restricted
    told = channel.complaints["1000"]["aduan"]
    assert (told["anonim"], told["rahasia"]) == (True, True)


@database
def test_a_repeat_is_the_same_complaint(channel: StandIn) -> None:
    report = sent()
    stay = HandOver.objects.get()
    Delivery.objects.create(
        peer_id="lapor", report=report, kind="request", key=f"request/{stay.pk}", payload={"stay": stay.pk}
    )
    drain()
    assert len(channel.complaints) == 1


@database
def test_an_outage_loses_nothing(channel: StandIn) -> None:
    channel.fail = [503, 503, 503, 503]
    report = sent()
    assert Delivery.objects.get().state == "waiting"
    channel.fail = []
    Delivery.objects.update(due_at=timezone.now())
    Peer.objects.update(closed_until=None)
    drain()
    assert kinds(report)[-1] == "sent_out"


@database
def test_what_it_will_not_take_waits_for_a_person(channel: StandIn) -> None:
    Peer.objects.update(options={})
    channel.fail = [422, 422, 422, 422]
    sent()
    assert Delivery.objects.get().state == "parked"


@database
def test_the_stand_in_says_that_it_is_one(channel: StandIn) -> None:
    kind, line = dialects.dialect("lapor"), peers.line_to(peers.find("lapor"))
    assert any("tiruan untuk pengujian" in one for one in kind.discover(line).findings)
    assert kind.test(line) == []
    with translation.override("en"):
        assert kind.test(Line("lapor", "http://127.0.0.1:1")) == ["The peer cannot be reached."]
    assert kind.test(Line("lapor", channel.address, secret="other")) == ["Pihak sana menjawab 401."]


def test_an_address_where_nothing_answers_is_told_in_plain_words() -> None:
    with pytest.raises(Problem, match="no_lapor"):
        dialects.dialect("lapor").discover(Line("x", "http://127.0.0.1:1"))


@pytest.mark.parametrize(
    ("received", "days", "due"),
    [
        ("2026-01-05T08:00+07:00", 3, "2026-01-08"),
        ("2026-01-09T23:30+07:00", 3, "2026-01-14"),  # a Friday night
        ("2026-01-09T18:30+00:00", 3, "2026-01-14"),  # the same, Saturday 01:30 in Jakarta
        ("2026-03-17T08:00+07:00", 1, "2026-03-25"),  # the Day of Silence and Eid lie between
        ("2026-08-14T08:00+07:00", 5, "2026-08-24"),  # Independence Day
        ("2026-12-23T08:00+07:00", 1, "2026-12-28"),
    ],
)  # fmt: skip
def test_working_days_leave_out_weekends_and_national_holidays(received: str, days: int, due: str) -> None:
    assert clock.due(datetime.fromisoformat(received), days).date() == date.fromisoformat(due)


@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
    st.integers(1, 30),
)
def test_exactly_so_many_working_days_lie_between(received: datetime, days: int) -> None:
    due = clock.due(received, days)
    first = received.astimezone(clock.WIB).date()
    between = [first + timedelta(days=one) for one in range(1, (due.date() - first).days + 1)]
    assert sum(clock.is_working_day(one) for one in between) == days
    assert clock.is_working_day(due.date())
