"""A newer program takes the place of a server that people are using: nobody is refused, nothing is lost or doubled."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import pytest

from tests.instances import ROOT, Instance, until
from tests.pictures import picture
from tests.world import STREET, build_country

MIGRATION = """
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reports", "{last}")]
    operations = [
        migrations.AddField("report", "newer", models.CharField(max_length=20, default="", db_default="")),
        migrations.RunSQL("UPDATE reports_report SET newer = 'yes'", migrations.RunSQL.noop),
        migrations.AddIndex("report", models.Index(fields=["newer"], name="report_newer")),
    ]
"""
PROGRAM = """#!{python}
import sys
sys.path.insert(0, {place!r})
from kentongan.cli.main import run
run()
"""
STATE = """
from django.db.models import Sum
from kentongan.foundation.outbox import Event
from kentongan.reports.audit import audit
from kentongan.reports.models import Entry, Report, ReportCell
resolution = (ReportCell.objects.order_by("resolution").first() or ReportCell()).resolution
answer = {
    "codes": sorted(Report.objects.values_list("code", flat=True)), "waiting": Event.objects.count(),
    "audit": [str(one) for one in audit()],
    "received": Entry.objects.filter(kind="received").count(),
    "counted": ReportCell.objects.filter(resolution=resolution).aggregate(n=Sum("count"))["n"] or 0,
}
"""


class Machine:
    """An instance whose program is found under a name that an upgrade lets mean another one."""

    def __init__(self, folder, **settings):
        build_country(folder / "places.index")
        self.folder, self.current = folder, folder / "current"
        self.instance = Instance(
            "upgraded", folder / "upgraded", folder / "places.index",
            KENTONGAN_ANONYMOUS_REPORTS_PER_HOUR="1000000", **settings,
        )  # fmt: skip
        self.install("old")
        self.mean("old")

    def install(self, version):
        place = self.folder / version
        shutil.copytree(ROOT / "src/kentongan", place / "kentongan")  # what is compiled already, too
        (place / "bin").mkdir()
        (place / "bin/kentongan").write_text(PROGRAM.format(python=sys.executable, place=str(place)))
        (place / "bin/kentongan").chmod(0o755)
        alive = place / "kentongan/front/answering.py"
        alive.write_text(alive.read_text().replace('{"status": "alive"}', f'{{"status": "{version}"}}'))
        return place

    def mean(self, version):
        (self.folder / "next").symlink_to(version)
        (self.folder / "next").rename(self.current)

    def command(self, *words, program=None):
        return subprocess.run(
            [program or self.current / "bin/kentongan", *words], env=self.instance.env, cwd=self.instance.folder,
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    def start(self, part, *words):
        self.instance.processes[part] = subprocess.Popen(
            [self.current / "bin/kentongan", part, *words], env=self.instance.env, cwd=self.instance.folder,
            stdout=self.log(part).open("ab"), stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip

    def serve(self, *words):
        self.start("serve", "--port", str(self.instance.port), *words)
        until(self.instance.answers)

    def log(self, part="serve"):
        return self.instance.folder / f"{part}.log"

    def said(self, words):
        return words in self.log().read_text()

    def version(self):
        return json.loads(ask(self.instance.port, "/healthz")[1])["status"]


@pytest.fixture
def machine(tmp_path, request):
    """On SQLite, whatever the tests run on, for a test that is marked to run once."""
    found = Machine(tmp_path, **({"KENTONGAN_DATABASE": ""} if request.node.get_closest_marker("once") else {}))
    yield found
    found.instance.close()


def ask(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


class People(threading.Thread):
    """Somebody who asks or sends again and again, on one connection or on a new one each time."""

    def __init__(self, port, *, sends, keeps):
        super().__init__(daemon=True)
        self.port, self.sends, self.keeps = port, sends, keeps
        self.stop, self.faults, self.codes, self.number = threading.Event(), [], [], 0
        self.slowest = 0.0

    def run(self):
        connection = None
        while not self.stop.is_set():
            begun = time.monotonic()
            connection = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            try:
                self.once(connection)
            except (OSError, http.client.HTTPException) as fault:
                self.faults.append(repr(fault))
                connection.close()
                connection = None
            self.slowest = max(self.slowest, time.monotonic() - begun)
            self.number += 1
            if connection and not self.keeps:
                connection.close()
                connection = None
            self.stop.wait(0.2)  # more would test how busy the machine is

    def once(self, connection):
        if self.sends:
            body = {"submission_id": str(uuid4()), "category": "road_damage", "text": "Lubang"}
            body |= {"lon": STREET[0] + self.number / 1e5, "lat": STREET[1]}
            connection.request("POST", "/api/v1/reports", json.dumps(body), {"Content-Type": "application/json"})
        else:
            connection.request("GET", "/api/v1/reports?limit=5" if self.number % 2 else "/")
        answer = connection.getresponse()
        said = answer.read()
        if answer.status != (201 if self.sends else 200):
            self.faults.append(f"{answer.status} {said[:200]!r}")
        elif self.sends:
            self.codes.append(json.loads(said)["code"])


@pytest.fixture
def people(machine):
    """Four people, once the server is there."""
    machine.serve("--workers", "2")
    machine.start("worker")
    found = [People(machine.instance.port, sends=sends, keeps=keeps)
             for sends in (True, False) for keeps in (True, False)]  # fmt: skip
    for one in found:
        one.start()
    until(lambda: all(one.number > 2 for one in found))
    yield found
    for one in found:
        one.stop.set()
        one.join(90)


def leave(people):
    for one in people:
        one.stop.set()
        one.join(90)
    return [fault for one in people for fault in one.faults]


def alive(pid):
    """Whether a process is there and has not ended."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def under(pid):
    """The processes that a process has begun."""
    found = []
    for one in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            name, rest = one.parent.name, one.read_text().rpartition(")")[2].split()
            found += [int(name)] if int(rest[1]) == pid and rest[0] != "Z" else []
    return found


def last_migration(program):
    return max(path.stem for path in (program / "kentongan/reports/migrations").glob("0*.py"))


def give_newer_tables(program):
    wanted = program / "kentongan/reports/migrations/9999_newer.py"
    wanted.write_text(MIGRATION.format(last=last_migration(program)))


class Dripping:
    """A report with a photo that is on its way in, over a bad line, for as long as the test wants."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=90)
        self.socket.sendall(
            b"POST /api/v1/reports HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n"
            b"Content-Type: multipart/form-data; boundary=part\r\n\r\n"
        )
        fields = {"submission_id": str(uuid4()), "category": "road_damage", "text": "Lubang", "lon": STREET[0]}
        for name, value in (fields | {"lat": STREET[1]}).items():
            self._send(f'--part\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode())
        self._send(b'--part\r\nContent-Disposition: form-data; name="files"; filename="a.jpg"\r\n\r\n')
        self._send(picture(5).read())
        self.arrived, self.thread = threading.Event(), threading.Thread(target=self._drip, daemon=True)
        self.thread.start()

    def _drip(self):
        while not self.arrived.wait(0.3):
            self._send(bytes(4096))  # what follows a picture in its file is none of it

    def _send(self, piece):
        self.socket.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))

    def finish(self):
        """Sends what is left of it; status, answer and what becomes of the connection."""
        self.arrived.set()
        self.thread.join()
        self._send(b"\r\n--part--\r\n")
        self.socket.sendall(b"0\r\n\r\n")
        answer = http.client.HTTPResponse(self.socket, method="POST")
        answer.begin()
        return answer.status, json.loads(answer.read()), answer.getheader("connection")


@pytest.mark.long
def test_an_upgrade_with_new_tables_refuses_nobody_and_loses_and_doubles_nothing(machine, people):
    server, worker = machine.instance.processes["serve"].pid, machine.instance.processes["worker"].pid
    old = {*under(server), *under(worker)}
    dripping = Dripping(machine.instance.port)
    new = machine.install("new")
    give_newer_tables(new)
    done = machine.command("migrate", program=new / "bin/kentongan")
    assert done.returncode == 0, done.stderr
    machine.mean("new")
    for keeper, part in ((server, "serve"), (worker, "worker")):
        os.kill(keeper, signal.SIGHUP)
        until(lambda: "kept.replaced" in machine.log(part).read_text())  # noqa: B023
    status, said, connection = dripping.finish()
    assert (status, connection) == (201, "close"), said  # by the old one, which had begun it
    until(lambda: not any(map(alive, old)))
    asked = [one.number for one in people]
    until(lambda: all(one.number > before + 8 for one, before in zip(people, asked, strict=True)))
    assert leave(people) == []
    assert machine.version() == "new"
    assert (machine.instance.processes["serve"].pid, machine.instance.processes["serve"].poll()) == (server, None)
    until(lambda: [len(under(server)), len(under(worker))] == [1, 1])
    codes = sorted([said["code"], *(code for one in people for code in one.codes)])
    until(lambda: machine.instance.run(STATE)["waiting"] == 0)
    state = machine.instance.run(STATE)
    assert state["codes"] == codes
    assert state["audit"] == []
    assert state["received"] == state["counted"] == len(codes)
    second = machine.command("serve", "--port", str(machine.instance.port))
    assert (second.returncode, "in use" in second.stderr) == (1, True)
    for part in ("serve", "worker"):
        ended = machine.instance.processes.pop(part)
        ended.send_signal(signal.SIGTERM)
        assert ended.wait(60) == 0
    assert not machine.instance.answers()
    assert "Traceback" not in machine.log("worker").read_text() + machine.log().read_text()


@pytest.mark.long
@pytest.mark.once  # which changes a database lacks is asked in the same way of both, in all tests of migrations
def test_a_program_that_lacks_its_tables_or_is_broken_does_not_take_the_place_of_one_that_works(machine, people):
    server, worker = machine.instance.processes["serve"].pid, machine.instance.processes["worker"].pid
    until(lambda: under(server) and under(worker))
    working = [*under(server), *under(worker)]
    lacking, broken = machine.install("lacking"), machine.install("broken")
    give_newer_tables(lacking)
    (broken / "kentongan/rsgi.py").write_text("raise RuntimeError('half installed')\n")
    (broken / "kentongan/cli/lanes.py").write_text("raise RuntimeError('half installed')\n")
    for number, version in enumerate(("lacking", "broken", "gone"), 1):
        machine.mean(version)
        for keeper, part in ((server, "serve"), (worker, "worker")):
            os.kill(keeper, signal.SIGHUP)
            until(lambda: machine.log(part).read_text().count("kept.not_replaced") == number)  # noqa: B023
    for part in ("serve", "worker"):
        assert "run `kentongan migrate` first" in machine.log(part).read_text()
        assert "half installed" in machine.log(part).read_text()
    assert machine.version() == "old"
    assert [*under(server), *under(worker)] == working
    machine.mean("old")
    os.kill(server, signal.SIGHUP)  # and after all that it still gives its place
    until(lambda: machine.said("kept.replaced"))
    assert leave(people) == []


@pytest.mark.once  # processes and their keepers: no database is asked
def test_nothing_is_left_behind_where_a_keeper_is_killed(machine):
    machine.serve("--workers", "2")
    machine.start("worker")
    until(lambda: "worker.started" in machine.log("worker").read_text())
    kept = {part: under(machine.instance.processes[part].pid) for part in ("serve", "worker")}
    all_of_them = [one for found in kept.values() for first in found for one in (first, *under(first))]
    for part in kept:
        killed = machine.instance.processes.pop(part)
        killed.kill()
        killed.wait()
    until(lambda: not any(map(alive, all_of_them)))
    machine.serve()  # the port is free
