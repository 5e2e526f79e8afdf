"""A backup is whole while people write, is proven, and comes back; a damaged one touches nothing."""

import io
import json
import tarfile
import threading
import urllib.request
from uuid import uuid4

import boto3
import pytest
from moto.server import ThreadedMotoServer

from kentongan import reports, routing, safekeeping
from kentongan.foundation.config import Config
from kentongan.foundation.photo_storage import photo_storage
from kentongan.foundation.problems import Problem
from kentongan.safekeeping import archive, restoring
from tests import forking
from tests.instances import Instance, until
from tests.pictures import picture
from tests.world import STREET, build_country, submission

COUNT = "from kentongan.reports.models import Report; answer = sorted(Report.objects.values_list('code', flat=True))"
AUDIT = "from kentongan.reports.audit import audit; answer = [str(one) for one in audit()]"
PHOTOS = """
from django.core.files.storage import default_storage
from kentongan.reports.models import Photo
answer = [default_storage.open(one.original).read()[:2].hex() for one in Photo.objects.exclude(report=None)]
"""


def command(instance, *words):
    return forking.ran(*words, env=instance.env)


def send(url, photos=()):
    body = {"submission_id": str(uuid4()), "category": "road_damage", "text": "Lubang", "photos": list(photos)}
    body |= {"lon": STREET[0], "lat": STREET[1]}
    request = urllib.request.Request(
        f"{url}/api/v1/reports", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)["code"]


ADD_AREA = """
import shapely
from kentongan.places.models import Area
square = shapely.to_wkb(shapely.box(106.80, -6.20, 106.83, -6.15))
Area.objects.create(code="31.71.01.1001", level="village", name="Gambir", lon=106.81, lat=-6.17, boundary=square)
"""
WHERE = """
from kentongan import places
found = places.locate(106.82, -6.17)
answer = [found.quality, found.areas[-1].code]
"""
ADD_PHOTO = """
import io
from kentongan import reports
answer = str(reports.add_photo(io.BytesIO(bytes.fromhex(content))).pk)
"""


@pytest.fixture
def two(tmp_path):
    """An installation and an empty one with another secret key."""
    build_country(tmp_path / "places.index")
    made = []
    for name, key in (("old", "s"), ("new", "t")):
        index = tmp_path / ("places.index" if name == "old" else "new.index")
        given = {"KENTONGAN_SECRET_KEY": key * 60, "KENTONGAN_ANONYMOUS_REPORTS_PER_HOUR": "100000"}
        made.append(Instance(name, tmp_path / name, index, **given))
    yield made
    for instance in made:
        instance.close()


def content() -> str:
    return picture(5).read().hex()


@pytest.mark.long
def test_a_backup_taken_while_people_write_holds_all_that_was_acknowledged_before_and_comes_back(two, tmp_path):
    old, new = two
    old.start()
    old.run(ADD_AREA)
    first = send(old.url, [old.run(ADD_PHOTO, content=content())])
    codes, stop = [first], threading.Event()

    def write():
        while not stop.is_set():
            codes.append(send(old.url))

    writers = [threading.Thread(target=write) for _ in range(3)]
    for one in writers:
        one.start()
    until(lambda: len(codes) > 30)
    before, file = list(codes), tmp_path / "backup.tar"
    done = command(old, "backup", str(file))
    during = len(codes) - len(before)
    stop.set()
    for one in writers:
        one.join(60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert during > 0, "nobody wrote meanwhile"
    assert file.stat().st_mode & 0o777 == 0o600

    new.end_shell()  # it holds the database open, as a service would
    back = command(new, "restore", str(file))
    assert back.returncode == 0, back.stdout + back.stderr
    assert (tmp_path / "new.index").exists()
    assert "KENTONGAN_SECRET_KEY is another" in back.stdout
    found = new.run(COUNT)
    assert set(before) <= set(found) <= set(codes)
    assert new.run(AUDIT) == []
    assert new.run(WHERE) == ["exact", "31.71.01.1001"]  # by the index that was built from the boundaries
    assert new.run(PHOTOS) == ["ffd8"]
    new.start("serve")
    assert send(new.url) not in found  # the numbering goes on behind what came back

    # What cannot be is refused in one line, and what is lost already is told.
    for words, said in ((("backup", str(file)), "such a file already"), (("restore", str(file)), "already: restore")):
        refused = command(new, *words)
        assert refused.returncode == 1
        assert said in refused.stderr
        assert "Traceback" not in refused.stderr
    for original in (new.folder / "media/originals").iterdir():
        original.unlink()
    told = command(new, "backup", str(tmp_path / "second.tar"))
    assert told.returncode == 1
    assert "1 photos of reports are not in the storage" in told.stdout
    assert (tmp_path / "second.tar").exists()


def a_backup(path):
    with archive.written(path) as out:
        out.add("photos/a", io.BytesIO(b"a" * 9000), 9000)
        out.add("photos/b", io.BytesIO(b"b" * 9000), 9000)
        out.finish({"vendor": "sqlite"})


def replaced(at):
    def change(found):
        return found[:at] + bytes([found[at] ^ 0xFF]) + found[at + 1 :]

    return change


@pytest.mark.parametrize(
    "damage",
    [
        lambda found: b"", lambda found: found[:5000], lambda found: found[:15_000], lambda found: found[:20_100],
        replaced(100), replaced(5000), replaced(20_000), lambda found: b"\x1f\x8b" + found, lambda found: b"x" * 5000,
    ],
)  # fmt: skip
def test_a_damaged_backup_is_refused_before_anything_is_touched(tmp_path, damage):
    path = tmp_path / "backup.tar"
    a_backup(path)
    assert archive.verified(path)["vendor"] == "sqlite"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(Problem) as refused:
        archive.verified(path)
    assert refused.value.code == "bad_backup"


@pytest.mark.parametrize("name", ["/etc/passwd", "../outside", "photos/../../outside"])
def test_a_backup_writes_nowhere_else(tmp_path, name):
    path = tmp_path / "backup.tar"
    with tarfile.open(path, "w") as out:
        out.addfile(tarfile.TarInfo(name))
    with pytest.raises(Problem):
        archive.verified(path)


def test_a_backup_that_breaks_off_leaves_no_file(tmp_path):
    with pytest.raises(Problem), archive.written(tmp_path / "backup.tar") as out:
        out.add("photos/a", io.BytesIO(b"a"), 2)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.django_db(transaction=True)
def test_photos_in_a_bucket_are_in_the_backup_and_go_into_the_bucket_of_the_new_one(
    world, settings, tmp_path, monkeypatch
):
    monkeypatch.setattr("kentongan.foundation.photo_storage.DEADLINE", 60)  # of a busy machine
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    keys = {"aws_access_key_id": "kunci", "aws_secret_access_key": "rahasia"}
    s3 = boto3.resource("s3", endpoint_url=f"http://{host}:{port}", region_name="us-east-1", **keys)

    def use(bucket):
        config = Config(
            photos_bucket=bucket, photos_endpoint=f"http://{host}:{port}", photos_region="us-east-1",
            photos_key="kunci", photos_secret="rahasia", data=tmp_path / bucket,
        )  # fmt: skip
        settings.STORAGES = {**settings.STORAGES, "default": photo_storage(config)}

    try:
        for name in ("lama", "baru"):
            s3.create_bucket(Bucket=name)
        use("lama")
        photo = reports.add_photo(picture(5))
        routing.submit(submission(photos=(photo.pk,)), None)
        done = safekeeping.back_up(tmp_path / "backup.tar")
        assert done.photos == 1
        assert done.faults == []
        use("baru")
        assert restoring._unpack(tmp_path / "backup.tar", tmp_path / "scratch", 1, None) == 1
        # A thread of its own moves what is saved into the bucket.
        for name in ("lama", "baru"):
            until(lambda name=name: {one.key for one in s3.Bucket(name).objects.all()} == {photo.original})
    finally:
        server.stop()
