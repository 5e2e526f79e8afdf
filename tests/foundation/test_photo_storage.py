"""Photos in a bucket: many machines of one installation share them, and nobody reads them past the program."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from moto.server import ThreadedMotoServer
from pydantic import ValidationError

from kentongan import reports, routing
from kentongan.demo import removing
from kentongan.foundation import photo_storage as storing
from kentongan.foundation.away import is_away
from kentongan.foundation.config import Config
from kentongan.foundation.photo_storage import photo_storage
from kentongan.reports.derivatives import make_derivatives
from kentongan.reports.models import Photo, Report
from tests.instances import until
from tests.pictures import picture
from tests.world import submission

NAME = "foto-laporan"


@pytest.fixture
def bucket(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An S3 service on loopback, its bucket, and Django told of it."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    given: Any = {"photos_endpoint": f"http://{host}:{port}", "photos_region": "us-east-1"}
    given |= {"data": tmp_path}
    requests.post(f"http://{host}:{port}/moto-api/reset", timeout=60)  # the buckets of another test
    config = Config(database="", photos_bucket=NAME, photos_key="kunci", photos_secret="rahasia", **given)
    s3 = boto3.resource(
        "s3", endpoint_url=config.photos_endpoint, region_name="us-east-1", aws_access_key_id="kunci",
        aws_secret_access_key="rahasia",
    )  # fmt: skip
    s3.create_bucket(Bucket=NAME)
    monkeypatch.setattr(storing, "DEADLINE", 60)  # of a busy machine; a test of silence has its own
    settings.STORAGES = {**settings.STORAGES, "default": photo_storage(config)}
    yield s3.Bucket(NAME)
    server.stop()
    nothing_moves(tmp_path, monkeypatch)


def nothing_moves(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits here is given up, so that no thread tries on through other tests for minutes."""
    monkeypatch.setattr(storing, "PAUSE", 0.0)
    shutil.rmtree(folder / "to-bucket", ignore_errors=True)
    for one in threading.enumerate():
        if one.name == "to-bucket":
            one.join(30)
            assert not one.is_alive()


@pytest.mark.django_db
def test_a_photo_is_kept_in_the_bucket_shown_by_us_and_gone_with_its_report(bucket: Any, world: None) -> None:
    photo = reports.add_photo(picture(5))
    report = routing.submit(submission(photos=(photo.pk,)), None).report
    make_derivatives(Photo.objects.get())
    until(lambda: len(list(bucket.objects.all())) == 3)
    held = {one.key for one in bucket.objects.all()}
    assert len(held) == 3  # the original, and the two sizes that people see
    shown = Client().get(f"/api/v1/photos/{photo.pk}/large")
    assert shown["Content-Type"] == "image/jpeg"
    assert b"".join(shown.streaming_content).startswith(b"\xff\xd8")
    Report.objects.filter(pk=report.pk).update(is_demo=True)
    Photo.objects.update(is_demo=True)
    removing.remove()
    assert not list(bucket.objects.all())


@pytest.mark.django_db
def test_nothing_in_the_bucket_is_read_without_the_key(bucket: Any, world: None) -> None:
    reports.add_photo(picture(5))
    until(lambda: len(list(bucket.objects.all())) == 1)
    (kept,) = bucket.objects.all()
    granted = {one["Grantee"].get("URI", "") for one in kept.Object().Acl().grants}
    assert not any("AllUsers" in one for one in granted)
    client = bucket.meta.client
    address = f"{client.meta.endpoint_url}/{NAME}/{kept.key}"
    assert requests.get(address, timeout=60).status_code == 403
    assert default_storage.exists(kept.key)


def test_a_bucket_without_the_package_for_it_is_refused_at_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kentongan.foundation.config.find_spec", lambda name: None)
    with pytest.raises(ValidationError, match=r"install kentongan\[s3\]"):
        Config(photos_bucket=NAME)


@pytest.fixture
def silent(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A bucket that takes calls and never says anything."""
    with socket.socket() as host:
        host.bind(("127.0.0.1", 0))
        host.listen(64)
        address = f"http://127.0.0.1:{host.getsockname()[1]}"
        config = Config(
            photos_bucket=NAME, photos_key="kunci", photos_secret="rahasia", photos_endpoint=address,
            photos_region="us-east-1", data=tmp_path, database="",
        )  # fmt: skip
        settings.STORAGES = {**settings.STORAGES, "default": photo_storage(config)}
        yield
    nothing_moves(tmp_path, monkeypatch)


@pytest.mark.django_db
def test_a_report_with_a_photo_is_taken_and_shown_while_the_bucket_is_silent(silent: None, world: None) -> None:
    photo = reports.add_photo(picture(5))
    assert routing.submit(submission(photos=(photo.pk,)), None).report.code
    make_derivatives(Photo.objects.get())
    shown = Client().get(f"/api/v1/photos/{photo.pk}/large")
    assert b"".join(shown.streaming_content).startswith(b"\xff\xd8")


def test_reading_from_a_silent_bucket_ends_in_time_and_many_readers_are_refused_at_once(
    silent: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storing, "DEADLINE", 0.5)
    faults: list[OSError] = []

    def read() -> None:
        try:
            default_storage.open("photos/none.jpg")
        except OSError as fault:
            faults.append(fault)

    readers = [threading.Thread(target=read) for _ in range(storing.CALLS * 3)]
    begun = time.monotonic()
    for one in readers:
        one.start()
    for one in readers:
        one.join(30)
    assert len(faults) == len(readers)
    assert all(is_away(fault) for fault in faults)
    assert time.monotonic() - begun < 25  # seconds; each alone would have waited for the client's own time-outs


def test_what_waits_is_moved_by_the_worker_once_the_bucket_is_back(bucket: Any, tmp_path: Path) -> None:
    left = tmp_path / "to-bucket" / "photos" / "left.jpg"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"a photo that was left")
    assert default_storage.open("photos/left.jpg").read() == b"a photo that was left"
    assert storing.move_to_bucket() == 1
    assert not left.exists()
    assert default_storage.open("photos/left.jpg").read() == b"a photo that was left"


def test_photos_that_wait_and_photos_in_the_bucket_are_listed_and_measured_alike(bucket: Any, tmp_path: Path) -> None:
    folder = tmp_path / "to-bucket" / "photos"
    folder.mkdir(parents=True)
    bucket.put_object(Key="photos/there.jpg", Body=b"in the bucket")
    assert default_storage.listdir("photos") == ([], ["there.jpg"])
    (folder / "here.jpg").write_bytes(b"waits")
    (folder / "half.jpg.7-7.part").write_bytes(b"wa")
    (folder / "2026").mkdir()
    assert default_storage.listdir("photos") == (["2026"], ["here.jpg", "there.jpg"])
    assert [default_storage.size(f"photos/{name}") for name in ("here.jpg", "there.jpg")] == [5, 13]


def test_a_photo_that_another_process_moves_meanwhile_or_that_is_written_anew_is_not_lost(
    bucket: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "to-bucket"
    folder.mkdir()
    for name in ("a.jpg", "b.jpg"):
        (folder / name).write_bytes(b"first")
    default_storage.exists("a.jpg")  # so that it is made
    store: Any = default_storage._wrapped
    save = store._bucket.save

    def meanwhile(name: str, content: Any) -> str:
        if name == "a.jpg" and (folder / "b.jpg").exists():
            (folder / "a.jpg").write_bytes(b"second")  # while the first is on its way
            (folder / "b.jpg").unlink()  # another worker was faster
        return str(save(name, content))

    monkeypatch.setattr(store._bucket, "save", meanwhile)
    storing.move_to_bucket()
    assert (folder / "a.jpg").read_bytes() == b"second"
    assert default_storage.open("a.jpg").read() == b"second"
    storing.move_to_bucket()
    assert not list(folder.iterdir())
    assert default_storage.open("a.jpg").read() == b"second"


def test_after_many_tries_a_photo_is_left_to_the_worker(
    bucket: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storing, "PAUSE", 0.0)
    tries: list[str] = []

    def away(name: str, content: Any) -> str:
        tries.append(name)
        raise RuntimeError("the bucket is away")

    default_storage.exists("a.jpg")  # so that it is made
    store: Any = default_storage._wrapped
    with monkeypatch.context() as broken:
        broken.setattr(store._bucket, "save", away)
        default_storage.save("a.jpg", ContentFile(b"kept"))
        store._mover.join(30)
        assert len(tries) == 30
    assert default_storage.open("a.jpg").read() == b"kept"
    assert storing.move_to_bucket() == 1
