"""What `kentongan peers …` and `kentongan warnings …` print and keep, and what they refuse in words."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from kentongan import routing
from kentongan.cli import peers
from kentongan.foundation.problems import Problem
from kentongan.network import mapping
from kentongan.network.models import Peer, PeerState, ServiceMap, Traffic
from kentongan.network.sealing import seal
from kentongan.warnings import models
from tests.cli.test_cli_commands import run
from tests.ports import free_port
from tests.world import submission

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]
POTHOLES = {
    "code": "006", "name": "Jalan Berlubang", "description": "", "keywords": ["aspal"], "group": "",
    "attributes": [{"code": "SIZE", "required": True}],
}  # fmt: skip


@pytest.fixture
def city() -> Peer:
    """An Open311 server that offers one service."""
    return Peer.objects.create(
        name="kota", title="Lapor Kota", dialect="open311", endpoint="https://kota.example/v2/", secret=seal("rahasia"),
        options={"services": [POTHOLES]},
    )  # fmt: skip


def test_a_key_that_holds_for_ever_and_a_day_is_refused_in_words():
    told = run("peers", "key", "kota", "--days", "99999999999")
    assert (told.exit_code, "36525" in told.output) == (2, True)
    assert not Peer.objects.filter(name="kota").exists()


def test_a_category_is_mapped_with_its_answers_shown_and_taken_away_again(city):
    shown = run(
        "peers", "map", "kota", "road_damage", "006", "--answer", "SIZE=besar", "--answer", "WHERE==text"
    ).output
    assert "006 Jalan Berlubang" in shown
    assert "confirmed" in shown
    kept = ServiceMap.objects.get()
    assert (kept.category_id, kept.answers, kept.confirmed) == (
        "road_damage",
        {"SIZE": "besar", "WHERE": "=text"},
        True,
    )
    assert "006" not in run("peers", "map", "kota", "road_damage", "-").output


def test_what_was_proposed_is_confirmed_at_once_and_asked_for_anew(city, monkeypatch):
    ServiceMap.objects.create(
        peer=city, category_id="road_damage", service_code="006", service_name="Jalan Berlubang", likeness=0.7,
        answers={"SIZE": "besar"}, attributes=POTHOLES["attributes"],
    )  # fmt: skip
    assert "proposed" in run("peers", "map", "kota").output
    monkeypatch.setattr(mapping, "discover", lambda peer: [f"{peer.name} offers 1 service"])
    told = run("peers", "map", "kota", "--again", "--confirm").output
    assert "kota offers 1 service" in told
    assert "1 confirmed." in told


@pytest.mark.parametrize("odd", ["SIZE", "", "=besar"])
def test_an_answer_that_says_nothing_is_refused_in_words_and_maps_nothing(city, odd):
    done = run("peers", "map", "kota", "road_damage", "006", "--answer", odd)
    assert done.exit_code == 2
    assert "THEIRS=VALUE" in done.output
    assert not ServiceMap.objects.exists()


def test_a_body_that_has_only_a_mailbox_is_added_as_a_peer_and_switched_on_by_itself(world):
    added = run(
        "peers", "add", "pengaduan@bekasi.example", "--dialect", "email", "--body", "32.16", "--option", "poll_every=7"
    )
    assert "is added, not switched on: kentongan peers on pengaduan-at-bekasi-example" in added.output
    peer = Peer.objects.get()
    assert peer.state != PeerState.ACTIVE
    assert peer.options["poll_every"] == 7
    assert "32.16 is reached through" in run("peers", "body", peer.name, "32.16").output
    for odd in ("n", "=7"):
        assert run("peers", "add", "x@bekasi.example", "--dialect", "email", "--option", odd).exit_code == 2
    assert Peer.objects.count() == 1


def test_what_would_be_sent_of_a_report_is_shown_line_by_line(city):
    with pytest.raises(Problem, match="not_found"):
        run("peers", "sample", "kota")
    ServiceMap.objects.create(peer=city, category_id="road_damage", service_code="006", confirmed=True)
    code = routing.submit(submission(), None).report.code
    told = run("peers", "sample", "kota", code).output
    assert "service_code: 006" in told
    assert "Lubang" in told
    Peer.objects.update(dialect="email")
    assert "kota speaks email: there is nothing to show" in run("peers", "sample", "kota", code).output


def test_the_standing_of_a_peer_says_how_often_it_failed_and_the_last_error(city):
    Traffic.objects.create(peer=city, hour=timezone.now(), sent=4, failed=1)
    Peer.objects.update(state="active", failures=1, last_error="Tidak menjawab")
    (line,) = [one for one in run("peers", "status").output.splitlines() if "kota" in one]
    assert "20%" in line  # of five calls one
    assert "Tidak menjawab" in line
    Peer.objects.update(failures=0)  # it answers again
    assert "Tidak menjawab" not in run("peers", "status").output


@pytest.mark.parametrize(
    ("seconds", "told"), [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7199, "119 min"), (7200, "2 h")]
)
def test_a_lag_is_told_in_what_is_easily_read(seconds, told):
    assert peers._span(timedelta(seconds=seconds)) == told


def test_a_new_key_is_the_one_that_others_are_shown(world):
    new = run("peers", "rotate-key").output.strip()
    shown = run("peers", "card").output
    assert new in shown
    assert "bodies: " in shown


def test_who_may_warn_is_said_listed_and_ended(world):
    assert "31 may warn in 31" in run("warnings", "allow", "31").output
    assert "may warn in the whole country" in run("warnings", "allow", "id.pu", "--area", "", "--four-eyes").output
    listed = run("warnings", "list").output
    assert "31  31\n" in listed
    assert "id.pu  the whole country, four eyes" in listed
    assert "31 may warn no longer" in run("warnings", "forbid", "31").output
    with pytest.raises(Problem, match="no_right"):
        run("warnings", "forbid", "31")


def test_a_feed_of_others_is_listed_with_when_it_was_read_and_its_fault_until_it_ends(world):
    run("warnings", "feed", "bmkg", "https://bmkg.example/rss.xml", "--every", "300")
    assert "bmkg  https://bmkg.example/rss.xml  read never" in run("warnings", "list").output
    models.Feed.objects.update(looked_at=timezone.now(), fault="no XML")
    assert "  fault: no XML" in run("warnings", "list").output
    assert "bmkg is read no longer" in run("warnings", "end-feed", "bmkg").output
    with pytest.raises(Problem, match="unknown_feed"):
        run("warnings", "end-feed", "bmkg")


def test_a_push_key_that_opens_stays_and_only_a_lost_one_is_replaced(world, monkeypatch):
    with pytest.raises(Problem, match="key_is_there"):
        run("duty", "new-push-key")
    monkeypatch.setattr("kentongan.notify.is_key_closed", lambda: True)
    monkeypatch.setattr("kentongan.notify.begin_anew", lambda: 3)
    assert "3 phones are let go" in run("duty", "new-push-key").output


def test_a_peer_is_deleted_without_a_question_where_that_was_said_and_is_kept_where_the_answer_is_no(city):
    assert run("peers", "delete", "kota", answer="n\n").exit_code == 1
    assert Peer.objects.filter(pk=city.pk).exists()
    assert "kota is deleted." in run("peers", "delete", "kota", "--yes").output
    assert not Peer.objects.exists()


def test_keys_are_confirmed_though_the_other_side_does_not_answer_and_it_is_told_later(world):
    peer = Peer.objects.create(
        name="desa", title="Desa", dialect="kentongan", endpoint=f"http://127.0.0.1:{free_port()}/network/",
        instance="desa.contoh", state=PeerState.PROPOSED,
    )  # fmt: skip
    said = run("peers", "confirm", "desa").output
    assert "The other side does not answer now; the worker tells it later." in said
    assert "desa has not confirmed this instance yet" in said
    peer.refresh_from_db()
    assert peer.confirmed_here
