"""`kentongan check` tells what is wrong, each in one line, with exit code 2 and never a traceback."""

from datetime import timedelta

import pytest
from django.core import checks
from django.core.files.storage import default_storage
from django.db import OperationalError
from django.utils import timezone

from kentongan import places, routing
from kentongan.cli import looking, production
from kentongan.foundation import away, heartbeat
from kentongan.foundation.config import Config
from kentongan.foundation.outbox import Event
from kentongan.network import polling
from kentongan.network.models import ApiKey, Delivery, KnownKey, Peer, PeerState
from kentongan.notify.models import Message
from kentongan.routing import rules
from tests.cli.test_cli import kentongan
from tests.world import STREET, submission

SECRET = "b7Rk2xQ9vLm4Tz8WcN3yHj6FpD5sGa1eUoXiBqVtKrMwPnYl"


def wrong() -> list[str]:
    return [line for in_order, line in looking.findings() if not in_order]


def told(*words: str) -> bool:
    return any(all(word in line for word in words) for line in wrong())


@pytest.fixture
def sound(world):
    """An installation in which nothing is wrong."""
    heartbeat.beat("worker-1")
    assert wrong() == []


def test_a_misspelt_setting_is_named_with_the_one_that_was_meant_and_exit_code_2(tmp_path):
    settings = {"KENTONGAN_DATA": str(tmp_path), "KENTONGAN_MODE": "test", "KENTONGAN_SMPT_HOST": "mail.example"}
    result = kentongan("check", **settings, KENTONGAN_WHATEVER="1", kentongan_smtp_hots="x")
    assert result.returncode == 2
    assert "KENTONGAN_SMPT_HOST is no setting: is KENTONGAN_SMTP_HOST meant?" in result.stdout
    assert "KENTONGAN_WHATEVER is no setting" in result.stdout
    assert "KENTONGAN_SMTP_HOTS is no setting" in result.stdout
    assert "Traceback" not in result.stderr + result.stdout


GOOD = {
    "mode": "production", "secret_key": SECRET + "Zz", "base_url": "https://lapor.example.go.id",
    "hosts": ["lapor.example.go.id"], "database": "", "smtp_host": "mail.example", "mail_from": "x@example.go.id",
}  # fmt: skip
# What people type, each with words of the one line that is said; nothing where it is in order. After public reports of
# addresses with a path, ports in names and port 465 (mastodon, zammad, discourse, GlitchTip, Signalen).
TYPED = [
    ({}, ""), ({"secret_key": "password"}, "SECRET_KEY can be guessed"), ({"secret_key": "ab" * 40}, "can be guessed"),
    ({"secret_key": "changeme" * 8}, "can be guessed"), ({"base_url": "http://lapor.example.go.id"}, "without https"),
    ({"base_url": "https://lapor.example.go.id/"}, ""), ({"base_url": " HTTPS://LAPOR.example.go.id "}, ""),
    ({"base_url": "https://lapor.example.go.id:8443"}, ""), ({"base_url": "https://[::1]", "hosts": ["[::1]"]}, ""),
    ({"base_url": "https://[::1]"}, "does not name [::1]"),
    ({"base_url": "https://lain.go.id"}, "does not name lain.go.id"),
    ({"hosts": ["localhost"]}, "does not name lapor"), ({"hosts": []}, "does not name"), ({"hosts": ["*"]}, ""),
    ({"hosts": [".example.go.id"]}, ""), ({"hosts": [".go.id"]}, ""), ({"hosts": ["LAPOR.EXAMPLE.GO.ID"]}, ""),
    ({"hosts": ["lapor.example.go.id", "https://lapor.example.go.id"]}, "fits no host"),
    ({"hosts": ["lapor.example.go.id", "lapor.example.go.id:443"]}, "fits no host"),
    ({"hosts": ["lapor.example.go.id", "*.example.go.id"]}, "fits no host"),
    ({"hosts": ["lapor.example.go.id", "a/b"]}, "fits no"),
    ({"hosts": ["lapor.example.go.id", "[::1]", "127.0.0.1"]}, ""), ({"instance": "lapor.example.go.id"}, ""),
    ({"instance": "Lapor.Example.go.id"}, ""), ({"instance": "lapor"}, "KENTONGAN_INSTANCE"),
    ({"instance": "lain.example.go.id"}, "KENTONGAN_INSTANCE"),
    ({"secret_key": f"django-insecure-{SECRET}"}, "SECRET_KEY can be guessed"),
    ({"metrics_token": "x"}, "METRICS_TOKEN can be guessed"),
    ({"metrics_token": SECRET}, ""), ({"safety_keys": ["0" * 32]}, "SAFETY_KEYS"), ({"safety_keys": [SECRET]}, ""),
    ({"oidc_server": "http://masuk.example", "oidc_client": "x"}, "no https address"),
    ({"map_style": "http://peta.example/gaya"}, "MAP_STYLE"), ({"map_style": "https://peta.example/gaya"}, ""),
    ({"oidc_server": "https://masuk.example", "oidc_client": "x"}, ""), ({"smtp_host": ""}, "nobody gets a mail"),
    ({"smtp_host": "smtp.example:587"}, "SMTP_PORT"), ({"smtp_host": "smtp://smtp.example"}, "server alone"),
    ({"smtp_host": "https://smtp.example"}, "server alone"), ({"smtp_host": "smtp example"}, "server alone"),
    ({"smtp_host": "smtp.example/"}, "server alone"), ({"smtp_host": "127.0.0.1"}, ""), ({"smtp_host": "::1"}, ""),
    ({"smtp_host": "mail", "smtp_user": "a", "smtp_password": "b"}, ""),
    ({"smtp_user": "a"}, "SMTP_PASSWORD is missing"),
    ({"smtp_password": "a"}, "SMTP_USER is missing"),
    ({"smtp_user": "a", "smtp_password": "b", "smtp_tls": False}, "SMTP_TLS is off"),
    ({"smtp_host": "127.0.0.1", "smtp_user": "a", "smtp_password": "b", "smtp_tls": False}, ""),
    ({"smtp_tls": False}, ""), ({"mail_from": "Kentongan <no-reply@localhost>"}, "names localhost"),
    ({"mail_from": "no-reply@localhost"}, "names localhost"),
    ({"mail_from": "Kentongan <no-reply@127.0.0.1>"}, "names 127"),
    ({"mail_from": "a@mesin.local"}, "names mesin.local"), ({"mail_from": "a@x.internal"}, "names x.internal"),
    ({"mail_from": ""}, "give one address"), ({"mail_from": "no-reply"}, "give one address"),
    ({"mail_from": "Kentongan"}, "give one address"), ({"mail_from": "a@b.id, c@d.id"}, "give one address"),
    ({"mail_from": "a@b.id\nBcc: c@d.id"}, "give one address"), ({"mail_from": "@b.id"}, "give one address"),
    ({"mail_from": "Kentongan <lapor@example.go.id>"}, ""), ({"mail_from": '"Lapor, Kota" <lapor@example.go.id>'}, ""),
    ({"mail_from": "Lapor Kota Ma’rang <lapor@example.go.id>"}, ""), ({"mail_from": "a@"}, "give one address"),
]  # fmt: skip


def test_settings_that_no_production_may_have_are_told():
    for given, said in TYPED:
        found = list(production.faults(Config(**(GOOD | given))))
        assert [said in line for line in found] == ([True] if said else []), (given, found)


@pytest.mark.parametrize(
    "address",
    [
        "lapor.example.go.id", "https:/lapor.example.go.id", "https://", "https://lapor.example.go.id/lapor", "ftp://x.id",
        "https://a:b@lapor.example.go.id", "https://lapor.example.go.id?x", '"https://lapor.example.go.id"', "",
        "https://lapor example.go.id", "https://lapor.example.go.id:port", "//lapor.example.go.id", "https://[::1",
        "https://lapor.example.go.id#a", "https://lapor..id", "https://lapor.example.go.id\\x", "javascript:x",
    ],
)  # fmt: skip
def test_an_address_that_is_none_of_a_site_is_refused(address):
    with pytest.raises(ValueError, match="without a path"):
        Config(**(GOOD | {"base_url": address}))


@pytest.mark.parametrize("port", ["0", "65536", "99999"])
@pytest.mark.parametrize("setting", ["base_url", "demo_map", "places_repository"])
@pytest.mark.parametrize("host", ["lapor.example.go.id", "[::1]"])
def test_an_address_with_a_port_that_no_machine_has_is_refused_and_says_which(host, setting, port):
    with pytest.raises(ValueError, match=f"port {port} is none"):
        Config(**(GOOD | {setting: f"https://{host}:{port}"}))
    assert Config(**(GOOD | {setting: f"https://{host}:65535"}))


@pytest.mark.django_db
def test_a_full_or_lost_disk_and_a_read_only_database_are_told(sound, monkeypatch):
    monkeypatch.setattr(away, "disk", lambda: "data folder: 3 MB are free")
    assert told("3 MB are free")
    monkeypatch.setattr(away, "disk", lambda: "")
    monkeypatch.setattr(away, "hindrance", lambda: "database: read only")
    assert told("read only")


@pytest.mark.django_db
def test_a_bucket_that_is_not_there_is_one_line(sound, monkeypatch):
    class Gone(Exception):
        pass

    def exists(name):
        raise Gone("The specified bucket does not exist\nmore")

    monkeypatch.setattr(default_storage, "exists", exists, raising=False)
    monkeypatch.setattr(looking, "config", lambda: Config(secret_key=SECRET, photos_bucket="foto", mode="test"))
    assert wrong() == ["photos: The specified bucket does not exist"]


@pytest.mark.django_db
def test_a_lost_database_is_one_line(sound, monkeypatch):
    def gone():
        raise OperationalError("connection refused\nIs the server running?")

    monkeypatch.setattr(looking, "missing_migrations", gone)
    assert wrong() == ["database: connection refused"]


@pytest.mark.django_db
def test_no_worker_for_a_minute_is_told_and_half_a_minute_is_not(sound):
    heartbeat.Beat.objects.update(at=timezone.now() - timedelta(seconds=30))
    assert wrong() == []
    heartbeat.Beat.objects.update(at=timezone.now() - timedelta(seconds=90))
    assert told("no worker is at work since")
    heartbeat.Beat.objects.all().delete()
    assert told("no worker is at work now")


@pytest.mark.django_db
@pytest.mark.parametrize(("minutes", "late"), [(3, False), (7, True)])
def test_a_backlog_of_events_and_of_mails_is_told_each(sound, minutes, late):
    then = timezone.now() - timedelta(minutes=minutes)
    Event.objects.create(topic="report.entry", payload={}, due_at=then)
    # A mail that was tried and waits for its next try is late too.
    Message.objects.create(
        key="k", address="a@b.id", subject="s", body="b", written_at=then, due_at=timezone.now() + timedelta(hours=1)
    )
    assert told("1 events wait for 7 minutes") is late
    assert told("1 mails wait for 7 minutes") is late


@pytest.mark.django_db
def test_a_clock_that_jumped_is_told(sound):
    Event.objects.create(topic="report.entry", payload={}, due_at=timezone.now() + timedelta(minutes=59))
    assert wrong() == []  # a failed one waits up to an hour
    later = timezone.now() + timedelta(days=300)
    Event.objects.create(topic="report.entry", payload={}, due_at=later)
    # A mail that was written, or failed, by the wrong clock, and what waits for a peer: each waits for that day.
    for name, written_at in (("a", timezone.now()), ("b", later)):
        Message.objects.create(key=name, address="a@b.id", subject="s", body="b", written_at=written_at, due_at=later)
    peer = Peer.objects.create(name="tetangga", state=PeerState.ACTIVE)
    Delivery.objects.create(peer=peer, kind="entry", key="k", due_at=later)
    heartbeat.Beat.objects.update(at=later)
    peer.polled_at, peer.dialect = later, "open311"
    assert polling.is_due(peer)  # it would not have been asked for 300 days
    for words in ("1 events are", "2 mails are", "1 messages to peers are"):
        assert told(f"{words} due later than any can be")
    assert told("still to come")


@pytest.mark.django_db
def test_a_worker_that_died_in_a_time_to_come_is_not_at_work(sound):
    # The machine began with a wrong year, the worker was killed, the clock was set right (openclaw#64611): for a year
    # it was "at work", restoring was refused, tasks that it had begun stayed with it, and no alarm rang.
    heartbeat.Beat.objects.update(at=timezone.now() + timedelta(days=300))
    assert told("no worker is at work now")
    assert not heartbeat.is_working()
    assert heartbeat.alive() == set()
    assert len(heartbeat.may_live()) == 1  # what it has begun is not begun again beside it
    heartbeat.beat("worker-2")
    assert not told("no worker")
    assert told("still to come")
    heartbeat.forget()
    assert wrong() == []


@pytest.mark.django_db
def test_what_has_run_out_between_peers_is_told_and_what_was_replaced_is_not(sound):
    now = timezone.now()
    for name in ("lama", "segera", "baru", "kunci", "sertifikat"):
        Peer.objects.create(name=name, state=PeerState.ACTIVE)
    for peer, days in (("lama", -1), ("segera", 5), ("baru", -1), ("baru", 300)):
        ApiKey.objects.create(peer_id=peer, digest=f"{peer}{days}", hint="x", expires_at=now + timedelta(days=days))
    KnownKey.objects.create(keyid="k#1", peer_id="kunci", public="p", until=now - timedelta(days=1))
    Peer.objects.filter(name="sertifikat").update(last_error="Sertifikat rekan itu tidak sah.", last_error_at=now)
    assert [line.split(":")[0] for line in wrong()] == ["peer kunci", "peer lama", "peer segera", "peer sertifikat"]


@pytest.mark.django_db
@pytest.mark.parametrize("written", [b"rules: [", b"rules: 7", b"\xff\xfe rules"])
def test_rules_that_cannot_be_read_are_named_and_a_report_is_kept_all_the_same(sound, tmp_path, monkeypatch, written):
    (tmp_path / "rules.yaml").write_bytes(written)
    own = Config(secret_key=SECRET, mode="test", data=tmp_path)
    monkeypatch.setattr(rules, "config", lambda: own)
    assert [line for line in wrong() if "rules.yaml" in line], wrong()
    assert routing.submit(submission(), None).report.state == "received"


@pytest.mark.django_db
def test_a_damaged_index_of_the_country_is_told_and_places_come_from_the_gazetteer(sound, tmp_path, monkeypatch):
    damaged = tmp_path / "places.index"
    damaged.write_bytes(b"no index of ours" * 400)
    monkeypatch.setenv("KENTONGAN_PLACES_INDEX", str(damaged))
    assert wrong() == [f"{damaged} is damaged: places come from the gazetteer; run `kentongan places prepare`"]
    assert places.locate(*STREET).areas
    assert routing.submit(submission(), None).report.body_id


@pytest.mark.django_db
def test_a_database_that_cannot_keep_every_letter_is_told(sound, monkeypatch):
    monkeypatch.setattr(looking.connection, "vendor", "postgresql", raising=False)
    monkeypatch.setattr(looking.away, "hindrance", lambda: "")
    for kept in ("UTF8", "LATIN1"):
        monkeypatch.setattr(looking, "_letters", lambda kept=kept: kept)
        assert any("every letter" in line for line in wrong()) is (kept == "LATIN1")


@pytest.mark.django_db
def test_what_django_finds_is_told_by_its_name_but_for_what_was_silenced(sound, monkeypatch, settings):
    settings.SILENCED_SYSTEM_CHECKS = ["contoh.W2"]
    found = [checks.Warning("too old", id="contoh.W1"), checks.Warning("known", id="contoh.W2"),
             checks.Info("by the way", id="contoh.I1")]  # fmt: skip
    monkeypatch.setattr(looking, "run_checks", lambda: found)
    assert wrong() == ["contoh.W1: too old"]
    assert (True, "contoh.I1: by the way") in list(looking.findings())


@pytest.mark.django_db
def test_boundaries_that_nobody_loaded_yet_are_told_with_the_command(sound, tmp_path, monkeypatch):
    monkeypatch.setenv("KENTONGAN_PLACES_INDEX", str(tmp_path / "none.index"))
    monkeypatch.setattr(looking.country, "boundaries_folder", lambda: tmp_path)
    assert wrong() == ["boundaries lie ready and are not loaded: run `kentongan places prepare`"]


@pytest.mark.django_db
def test_an_installation_without_kinds_and_bodies_is_told_what_to_load_and_of_no_rule_that_misses_them():
    lines = list(looking.findings())
    assert (False, "no categories: run `kentongan catalogue load`") in lines
    assert (False, "no bodies: run `kentongan bodies load`") in lines
    assert not any("rules" in line for _in_order, line in lines)


@pytest.mark.django_db
def test_a_lost_key_of_web_push_is_told_with_the_two_ways_out(sound, monkeypatch):
    monkeypatch.setattr("kentongan.notify.is_key_closed", lambda: True)
    assert told("kentongan duty new-push-key", "bring the old key back")
