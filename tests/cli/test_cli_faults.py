"""What the operator's commands say where there is nothing to do, or where it cannot be done."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.db import DatabaseError
from django.utils import timezone

from kentongan import reports, routing
from kentongan.cli import serving, sweeping
from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem
from kentongan.network.models import Peer, PeerState
from kentongan.people.models import Person
from kentongan.reports import audit as auditing
from kentongan.reports.models import Photo
from tests.cli.test_cli_commands import TO_THE_MINISTRY, run
from tests.pictures import picture
from tests.world import submission


@pytest.mark.django_db(transaction=True)
def test_a_file_that_turns_out_damaged_while_it_is_read_sends_the_operator_to_the_backup(world, monkeypatch):
    def damaged():
        raise DatabaseError("database disk image is malformed\nmore")
        yield

    monkeypatch.setattr(auditing, "audit", damaged)
    told = run("audit")
    assert told.exit_code == 1
    assert "database disk image is malformed\nThe database's file itself is damaged" in told.output
    assert "rebuilt" not in told.output


@pytest.mark.parametrize("host", ["no-such-host.invalid", "x" * 300, "a..b"])
def test_an_address_that_is_none_to_listen_on_is_one_line(host):
    with pytest.raises(SystemExit, match=r"kentongan: .+: .+"):
        serving.listen(host, 8000)


@pytest.mark.django_db
def test_a_photo_that_nobody_sent_with_a_report_goes_after_a_day_and_one_of_a_report_stays(world):
    kept = reports.add_photo(picture(5))
    routing.submit(submission(photos=(kept.pk,)), None)
    lost = reports.add_photo(picture(6))
    assert sweeping.sweep_photos() == 0
    Photo.objects.update(uploaded_at=timezone.now() - timedelta(days=2))
    assert sweeping.sweep_photos() == 1
    assert list(Photo.objects.all()) == [kept]
    assert (default_storage.exists(kept.original), default_storage.exists(lost.original)) == (True, False)


@pytest.mark.django_db(transaction=True)
def test_rules_that_change_nothing_move_no_report_and_a_faulty_one_is_named(world, tmp_path):
    routing.submit(submission(), None)
    rules = tmp_path / "rules.yaml"
    rules.write_text(TO_THE_MINISTRY.replace("roads_traffic", "no_such_kind"))
    told = run("route", "rehearse", str(rules), "--since", "2030-01-01").output
    assert "the rules: " in told
    assert "0 of 0 reports would go elsewhere." in told
    assert "would go to" not in told


@pytest.mark.parametrize(
    ("area", "said"), [("99", "no area has the code 99"), ("32.73.02.1001", "load its boundary first")]
)
def test_the_map_of_an_area_that_nobody_knows_is_not_asked_for(area, said, world):
    with pytest.raises(Problem, match="unknown_area") as why:
        run("map", "fetch", "https://example.invalid/a.pmtiles", "--area", area)
    assert said in why.value.detail


def test_where_there_is_no_map_there_is_none_to_remove(tmp_path, monkeypatch):
    monkeypatch.setattr(config(), "data", tmp_path)
    assert "There is no map to remove." in run("map", "remove").output


@pytest.mark.django_db(transaction=True)
def test_an_account_is_made_with_its_link_and_who_has_a_password_keeps_it_unless_it_was_lost(world):
    assert "/accounts/" in run("people", "add", "baru@contoh.id", "--name", "Baru").output
    Person.objects.create_user("lama@contoh.id", "sandi-yang-panjang")
    assert "has an account with a password already" in run("people", "add", "lama@contoh.id").output
    assert "/accounts/" in run("people", "add", "lama@contoh.id", "--new-password").output
    assert "The account is gone" in run("people", "erase", "baru@contoh.id", "--yes").output
    assert list(Person.objects.values_list("email", flat=True)) == ["lama@contoh.id"]


@pytest.mark.django_db(transaction=True)
def test_a_peer_is_switched_off_and_on_and_deleted_only_by_who_says_yes(world):
    assert "No peers yet" in run("peers", "status").output
    run("peers", "key", "kota")
    assert "kota is off" in run("peers", "off", "kota").output
    assert Peer.objects.get().state == PeerState.PAUSED
    assert "kota is on" in run("peers", "on", "kota").output
    assert "0 deliveries are due now" in run("peers", "retry", "kota").output
    assert run("peers", "delete", "kota", answer="n\n").exit_code != 0
    assert Peer.objects.exists()
    assert "kota is deleted" in run("peers", "delete", "kota", answer="y\n").output
    assert not Peer.objects.exists()
