"""What people see of the network: where a report is and was, giving it back, and deciding whose it is."""

from __future__ import annotations

import json
import socket
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.cache import cache
from django.utils import timezone

from kentongan import bodies, network, reports, routing
from kentongan.bodies.models import Membership
from kentongan.foundation.problems import Problem
from kentongan.network import peers, resolving
from kentongan.network.models import CodeAnswer, Delivery, DeliveryState, HandOver, Peer, PeerState, Trace
from tests.instances import until
from tests.world import STREET, person, submission

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_codes_kept():
    cache.clear()


@pytest.fixture
def ministry(world):
    return Peer.objects.create(
        name="pu", title="Sistem PU", dialect="kentongan", endpoint="https://pu.example/network/v1",
        instance="pu.example", state=PeerState.ACTIVE,
    )  # fmt: skip


@pytest.fixture
def report(world):
    return routing.submit(submission(at=STREET), person()).report


def given(report, peer, state="offered", direction="out", **fields):
    return HandOver.objects.create(report=report, peer=peer, direction=direction, state=state, body="id.pu", **fields)


def came_in(report, peer, **trace):
    Trace.objects.create(
        report=report, origin="kota.example", origin_code="ABCD-EFGH", origin_url="https://kota.example/r/ABCD-EFGH",
        path=["kota.example", "pu.example", network.instance()], **trace,
    )  # fmt: skip
    return given(report, peer, "accepted", "in")


def sign_in(client, role, body="31"):
    member = person(f"{role}@contoh.id", name="Budi")
    Membership.objects.create(person=member, body=bodies.get(body), role=role)
    client.force_login(member)
    return member


def page(client, report):
    return client.get(f"/r/{report.code}").content.decode()


def test_a_report_that_never_left_has_no_journey(client, report):
    assert network.journey(report) is None
    assert "Perjalanan antarsistem" not in page(client, report)


def test_a_citizen_reads_with_whom_the_report_is_and_can_look_there(client, report, ministry):
    given(report, ministry, "accepted", remote_id="X", remote_url="https://pu.example/r/X")
    shown = page(client, report)
    assert "Di Sistem PU sejak" in shown
    assert 'href="https://pu.example/r/X"' in shown
    assert "Perjalanan antarsistem" in shown


def test_a_link_that_a_peer_made_up_is_no_link(client, report, ministry):
    given(report, ministry, "accepted", remote_url="javascript:alert(1)")
    assert "javascript:alert" not in page(client, report)


@pytest.mark.parametrize(
    ("failures", "state", "words"),
    [
        (0, DeliveryState.WAITING, "Dalam perjalanan ke Sistem PU."),
        (3, DeliveryState.WAITING, "sedang tidak menjawab; kami terus mencoba"),
        (0, DeliveryState.PARKED, "perlu melihatnya sebelum diteruskan"),
    ],
)
def test_a_report_on_its_way_says_why_it_has_not_arrived(client, report, ministry, failures, state, words):
    Peer.objects.update(failures=failures)
    stay = given(report, ministry)
    Delivery.objects.create(peer=ministry, report=report, kind="request", key=f"request/{stay.pk}", state=state)
    assert words in page(client, report)


def test_a_report_handed_to_us_shows_where_it_began_and_who_passed_it_on(client, report, ministry):
    came_in(report, ministry)
    shown = page(client, report)
    assert "Laporan ini bermula di kota.example." in shown
    assert 'href="https://kota.example/r/ABCD-EFGH"' in shown
    stands = [str(one.stand) for one in network.journey(report).stations]
    assert stands == ["began", "passed", "here"]


def test_a_decline_stands_in_the_journey_with_its_reason(client, report, ministry):
    given(report, ministry, "declined", reason="Ini jalan kota")
    shown = page(client, report)
    assert "Menyatakan bukan urusan mereka" in shown
    assert "Ini jalan kota" in shown


def test_an_officer_gives_back_what_came_from_elsewhere_with_a_reason_for_everybody(client, report, ministry):
    stay = came_in(report, ministry)
    sign_in(client, "officer")
    at = f"/console/reports/{report.code}"
    assert "Bukan urusan kami" in client.get(at).content.decode()
    step = {"expected_seq": report.seq, "text": ""}
    assert client.post(f"{at}/steps/decline", step).status_code == 422
    client.post(f"{at}/steps/decline", step | {"text": "Ini jalan provinsi"})
    stay.refresh_from_db()
    report.refresh_from_db()
    assert (stay.state, report.state) == ("returned", "rejected")
    assert "Ini jalan provinsi" in page(client, report)
    assert Delivery.objects.get(kind="decline").payload["reason"] == "Ini jalan provinsi"


def test_giving_back_what_changed_meanwhile_changes_nothing(client, report, ministry):
    stay = came_in(report, ministry)
    sign_in(client, "officer")
    given_back = {"expected_seq": report.seq - 1, "text": "Bukan kami"}
    answer = client.post(f"/console/reports/{report.code}/steps/decline", given_back)
    stay.refresh_from_db()
    assert (answer.status_code, stay.state) == (409, "accepted")


def test_a_report_that_began_here_cannot_be_given_back(client, report):
    sign_in(client, "officer")
    assert "Bukan urusan kami" not in client.get(f"/console/reports/{report.code}").content.decode()


def bounced(report, ministry):
    Trace.objects.create(report=report, origin=network.instance(), origin_code=report.code, undecided=True, bounces=2)
    given(report, ministry, "declined", reason="Ini jalan kota")


def test_a_coordinator_finds_what_was_declined_too_often_and_decides(client, report, ministry):
    bounced(report, ministry)
    sign_in(client, "coordinator")
    assert "1 laporan terlalu sering ditolak" in client.get("/console/?body=31").content.decode()
    listed = client.get("/console/undecided?body=31").content.decode()
    assert report.code in listed
    assert "Ini jalan kota" in listed
    at = f"/console/reports/{report.code}/decide"
    assert "Kementerian" in client.get(at).content.decode()
    client.post(at, {"body": "id.pu", "text": "Jalan nasional", "expected_seq": report.seq})
    report.refresh_from_db()
    trace = Trace.objects.get()
    assert (report.body_id, trace.undecided, trace.final) == ("id.pu", False, True)


def test_a_decision_without_a_reason_leaves_the_report_undecided_and_keeps_the_choice(client, report, ministry):
    bounced(report, ministry)
    sign_in(client, "coordinator")
    given_word = {"body": "id.pu", "text": "", "expected_seq": report.seq}
    answer = client.post(f"/console/reports/{report.code}/decide", given_word)
    assert answer.status_code == 422
    assert 'value="id.pu" checked' in answer.content.decode()
    nobody = client.post(f"/console/reports/{report.code}/decide", given_word | {"body": "", "text": "Jalan nasional"})
    assert "Pilih instansi tujuan laporan ini." in nobody.content.decode()
    assert "Jalan nasional" in nobody.content.decode()
    assert Trace.objects.get().undecided


def test_a_coordinator_may_keep_the_report(client, report, ministry):
    bounced(report, ministry)
    who = sign_in(client, "coordinator")
    network.decide(report.code, who, report.body_id, "Kami yang mengerjakan")
    assert not Trace.objects.get().undecided
    assert "Kami yang mengerjakan" in [entry.text for entry in reports.timeline(report)]


def test_an_officer_cannot_decide(client, report, ministry):
    bounced(report, ministry)
    who = sign_in(client, "officer")
    assert client.get("/console/undecided?body=31").status_code == 403
    assert client.get(f"/console/reports/{report.code}/decide").status_code == 403
    with pytest.raises(Problem):
        network.decide(report.code, who, "id.pu", "Jalan nasional")


def test_a_code_of_another_instance_leads_to_the_report_there(client, report):
    soon = timezone.now() + timedelta(hours=1)
    CodeAnswer.objects.create(code="7KQF-M2RD", url="https://kota.example/r/7KQF-M2RD", until=soon)
    answer = client.get("/r/7KQF-M2RD")
    assert (answer.status_code, answer["Location"]) == (302, "https://kota.example/r/7KQF-M2RD")
    answer = client.get("/api/v1/reports/7KQF-M2RD/timeline")
    assert (answer.status_code, answer["Location"]) == (302, "https://kota.example/api/v1/reports/7KQF-M2RD/timeline")


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_while_other_instances_are_asked_for_a_code(client, world):
    hanging = socket.create_server(("127.0.0.1", 0))  # takes connections and says nothing
    Peer.objects.create(
        name="diam", dialect="kentongan", state=PeerState.ACTIVE,
        endpoint=f"http://127.0.0.1:{hanging.getsockname()[1]}/network/v1",
    )  # fmt: skip
    for path in ("/r/ZZZZ-ZZZ2", "/api/v1/reports/ZZZZ-ZZZ2"):
        answer = client.get(path)
        assert (answer.status_code, answer["Retry-After"]) == (202, "2")
    assert client.get("/api/v1/reports/ZZZZ-ZZZ2").json()["code"] == "checking"
    until(lambda: client.get("/r/ZZZZ-ZZZ2").status_code == 404)  # they had two seconds, and nobody knows it
    until(lambda: not resolving._under_way)
    hanging.close()


@pytest.mark.parametrize(
    ("said", "led"),
    [
        ({"url": "{here}/r/7KQF-M2RD"}, True), ({"url": "http://jahat.example/r/7KQF-M2RD"}, False),
        ({"url": "{here}/r/7KQF-M2RD", "moved": "http://jahat.example/r/1"}, False), ({"url": ["x"]}, False),
        ({"url": "javascript:alert(1)"}, False), ([], False), ({"url": "{here}\\@jahat.example/"}, False),
    ],
)  # fmt: skip
def test_an_instance_leads_to_its_own_pages_only(world, said, led):
    class There(BaseHTTPRequestHandler):
        def do_GET(self):
            body = json.dumps(said).replace("{here}", here).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), There)
    here = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    Peer.objects.create(name="kota", dialect="kentongan", endpoint=f"{here}/network/v1", state=PeerState.ACTIVE)
    assert resolving.ask_around("7KQF-M2RD", [f"{here}/network/v1"]) == (f"{here}/r/7KQF-M2RD" if led else "")
    server.shutdown()


def test_a_code_that_nobody_knows_is_not_found(client, world):
    assert client.get("/r/7KQF-M2RD").status_code == 404
    assert client.get("/api/v1/reports/7KQF-M2RD").status_code == 404


def test_the_peer_that_acted_is_named_in_the_timeline(client, report, ministry):
    peers.set_reach(ministry, "id.pu")
    data = {"peer": {"name": "pu", "update": "1"}}
    reports.mirror(report.code, reports.Told("noted", text="Tim berangkat", body="id.pu", data=data))
    assert ", lewat Sistem PU" in page(client, report)


@pytest.mark.parametrize(
    ("fields", "called"),
    [
        ({"title": "Dinas Jalan"}, "Dinas Jalan"),
        ({"title": ""}, "Sistem Jalan Kota"),
        ({"title": "sistem-jalan_kota"}, "Sistem Jalan Kota"),
        ({"endpoint": "https://www.jalan.example/open311/v2"}, "jalan.example"),
        ({"endpoint": "mailto:pengaduan@bekasi.example"}, "bekasi.example"),
    ],
)
def test_no_short_name_of_a_peer_is_shown_to_the_public(client, report, fields, called):
    peer = Peer.objects.create(name="sistem-jalan_kota", state=PeerState.ACTIVE, **fields)
    given(report, peer, "accepted")
    shown = client.get(f"/r/{report.code}").content.decode()
    assert called in shown
    assert "sistem-jalan_kota" not in shown
