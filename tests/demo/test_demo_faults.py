"""What the demonstration says where something of it does not go as it should."""

from __future__ import annotations

import signal
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from django.utils import timezone

from kentongan.bodies.models import Body, Membership
from kentongan.catalogue.models import Category
from kentongan.cli import demo_network, demonstration
from kentongan.demo import accounts, instances, partners, samples, walk
from kentongan.demo.instances import CITY, Instance
from kentongan.foundation.config import config
from kentongan.reports.models import Report
from tests.ports import free_port


def _deaf() -> subprocess.Popen[bytes]:
    """A process that takes no notice of being told to end."""
    deaf = subprocess.Popen(
        ["sh", "-c", "trap '' TERM; echo deaf; while :; do sleep 1; done"],
        stdout=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    assert deaf.stdout
    assert deaf.stdout.readline() == b"deaf\n"
    return deaf


@pytest.fixture
def city(tmp_path: Path) -> Instance:
    return Instance(CITY, tmp_path, free_port(), tmp_path / "places.index")


def test_a_command_that_fails_is_named_with_what_it_said(city: Instance) -> None:
    with pytest.raises(SystemExit, match=r"jakarta: kentongan peers confirm pusat: .*kentongan migrate"):
        city.commands(("catalogue", "--help"), ("peers", "confirm", "pusat"))


def test_a_part_that_ended_by_itself_is_named_with_its_log(city: Instance) -> None:
    city.running["worker"] = subprocess.Popen(["false"])
    city.running["worker"].wait()
    with pytest.raises(SystemExit, match=r"the worker of jakarta ended; see .*worker.log"):
        city.refuse_dead()


def test_a_server_that_does_not_answer_is_waited_for_no_longer_than_is_said(
    city: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(instances, "READY_WITHIN", 0.5)
    with pytest.raises(SystemExit, match=r"jakarta does not answer; see .*server.log"):
        city._await_answer()


def test_a_part_that_does_not_end_in_order_is_killed_and_nothing_stays_behind(
    city: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(instances, "END_WITHIN", 0.5)
    city.running["server"] = deaf = _deaf()
    city.end()
    assert deaf.wait(20) == -signal.SIGKILL
    assert city.running == {}


def test_an_instance_that_does_not_answer_has_no_report_yet_and_a_step_that_never_comes_ends_the_walk(
    city: Instance,
) -> None:
    assert walk.state(city, "AAAA-BBBB") == ""
    with pytest.raises(SystemExit, match="did not arrive in time"):
        walk.until(lambda: walk.state(city, "AAAA-BBBB"), patience=0.5)


@pytest.mark.django_db
def test_a_sample_outside_the_boundaries_that_are_loaded_is_left_out_and_any_other_refusal_is_told(
    world: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts.load()
    far = samples.Sample(1, timezone.now(), "road_damage", "Lubang di Paris", 2.35, 48.86)
    monkeypatch.setattr(samples, "samples", lambda now: [far])
    assert samples.load() == 0
    monkeypatch.setattr(samples, "samples", lambda now: [samples.Sample(2, now, "no_such", "Lubang", 106.82, -6.18)])
    with pytest.raises(RuntimeError, match=r"sample 2 \(Lubang\) was refused: "):
        samples.load()
    assert not Report.objects.exists()


@pytest.mark.django_db
def test_a_body_that_is_a_partner_already_stays_one_since_when_it_was(world: None) -> None:
    accounts.load()
    partners.load()
    assert partners.load() == 0


class _Answers(BaseHTTPRequestHandler):
    """Answers with the status that is next."""

    statuses: ClassVar[list[int]] = []

    def do_GET(self) -> None:
        self.send_response(self.statuses.pop(0))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def test_the_demo_waits_for_a_server_that_begins_and_takes_any_answer_of_its_own_for_one() -> None:
    _Answers.statuses = [503, 404, 200]
    with HTTPServer(("127.0.0.1", 0), _Answers) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        demonstration._await_answer(f"http://127.0.0.1:{server.server_port}", {})
        assert _Answers.statuses == [200]  # 503 was waited out, 404 was an answer
        server.shutdown()


def test_the_demo_says_where_to_look_where_no_server_answers_or_a_part_has_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(demonstration, "READY_WITHIN", 0.5)
    with pytest.raises(SystemExit, match=r"did not answer; see .*serve\.log"):
        demonstration._await_answer(f"http://127.0.0.1:{free_port()}", {})
    ended = subprocess.Popen(["false"])
    ended.wait()
    with pytest.raises(SystemExit, match=r"the worker ended unasked; see .*logs"):
        demonstration._await_answer("http://127.0.0.1:9", {"worker": ended})


def test_the_demo_kills_what_does_not_end_when_it_is_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demonstration, "END_WITHIN", 0.5)
    before = signal.getsignal(signal.SIGINT)
    deaf = _deaf()
    try:
        demonstration._end({"server": deaf})
    finally:
        signal.signal(signal.SIGINT, before)
    assert deaf.wait(20) == -signal.SIGKILL


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_an_instance_of_the_demonstration_can_be_loaded_again_and_one_of_no_name_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KENTONGAN_PLACES_INDEX", str(tmp_path / "new.index"))
    monkeypatch.setenv("KENTONGAN_BOUNDARIES", str(tmp_path))  # none lie there: the same on every machine
    monkeypatch.setattr(config(), "data", tmp_path)
    with pytest.raises(SystemExit, match="there is no instance bandung; choose one of jakarta, denpasar, pusat"):
        demo_network.instance("bandung")
    for _ in range(2):
        demo_network.instance("pusat")
        partners = set(Body.objects.exclude(partner_from=None).values_list("code", flat=True))
        assert partners == {"id.pu", "id.komdigi", "id.lapor"}
        assert list(Membership.objects.values_list("person__email", "body_id")) == [
            ("petugas.pu@demo.example", "id.pu")
        ]


def test_what_is_loaded_is_not_loaded_again_over_what_the_operator_changed(world: None) -> None:
    Body.objects.filter(pk="31").update(name_id="Nama kami")
    Category.objects.filter(pk="waste").update(name_id="Sampah kami")
    demonstration._catalogue()
    demonstration._bodies()
    assert Body.objects.get(pk="31").name_id == "Nama kami"
    assert Category.objects.get(pk="waste").name_id == "Sampah kami"
