"""What the demonstration says where something of it does not go as it should."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest
from django.utils import timezone

from kentongan.demo import accounts, instances, partners, samples, walk
from kentongan.demo.instances import CITY, Instance
from kentongan.reports.models import Report
from tests.instances import free_port


@pytest.fixture
def city(tmp_path: Path) -> Instance:
    return Instance(CITY, tmp_path, free_port(), tmp_path / "places.index")


def test_a_command_that_fails_is_named_with_what_it_said(city: Instance) -> None:
    with pytest.raises(SystemExit, match=r"jakarta: kentongan peers confirm pusat: .*kentongan migrate"):
        city.command("peers", "confirm", "pusat")


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
    deaf = subprocess.Popen(
        ["sh", "-c", "trap '' TERM; echo deaf; while :; do sleep 1; done"],
        stdout=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    assert deaf.stdout
    assert deaf.stdout.readline() == b"deaf\n"
    city.running["server"] = deaf
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
