"""Behind a real PgBouncer in transaction mode, server and worker do all that they do without one."""

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.instances import Instance
from tests.ports import free_port
from tests.world import STREET, build_country

POSTGRES = os.environ.get("KENTONGAN_TEST_POSTGRES", "postgresql://postgres:postgres@127.0.0.1:5432/postgres")
PGBOUNCER = shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin:" + os.environ["PATH"])
PATIENCE = 60.0
REPORTS = 60


def lacking() -> str:
    if PGBOUNCER is None:
        return "PgBouncer is not installed"
    try:
        psycopg.connect(POSTGRES, connect_timeout=60).close()  # it may be busy
    except psycopg.OperationalError:
        return "no PostgreSQL answers"
    return ""


@pytest.fixture
def pooled(tmp_path_factory):
    """The address of a fresh database behind a PgBouncer that has two connections for everybody."""
    if reason := lacking():
        assert not os.environ.get("CI"), reason
        pytest.skip(reason)
    name, folder, port = f"kentongan_pooled_{uuid4().hex[:8]}", tmp_path_factory.mktemp("pooler"), free_port()
    with psycopg.connect(POSTGRES, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    behind = {**conninfo_to_dict(POSTGRES), "dbname": name}
    settings = folder / "pgbouncer.ini"
    settings.write_text(
        f"[databases]\n{name} = {make_conninfo('', **behind)}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n"
        "pool_mode = transaction\ndefault_pool_size = 2\n"
        # Each transaction gets the connection that rested longest, so that nobody keeps one by luck.
        "server_round_robin = 1\n"
    )
    settings.chmod(0o644)
    for at in (folder, *folder.parents[:2]):
        at.chmod(at.stat().st_mode | 0o055)
    alone = ["-u", "nobody"] if os.geteuid() == 0 else []  # it refuses to run as root
    process = subprocess.Popen([PGBOUNCER, *alone, str(settings)], stderr=(folder / "log").open("wb"))
    try:
        await_port(port, process, folder)
        yield f"postgresql://pooled@127.0.0.1:{port}/{name}"
    finally:
        process.terminate()
        process.wait(20)
        with psycopg.connect(POSTGRES, autocommit=True) as server:
            server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def await_port(port, process, folder):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        assert process.poll() is None, (folder / "log").read_text()
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("PgBouncer did not answer")


def send(url, number):
    body = {"submission_id": str(uuid4()), "category": "road_damage", "text": f"Lubang {number}"}
    body |= {"lon": STREET[0] + number / 1e5, "lat": STREET[1]}
    request = urllib.request.Request(
        f"{url}/api/v1/reports", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 201
        return json.load(answer)["code"]


def test_server_and_worker_do_their_work_behind_pgbouncer_in_transaction_mode(pooled, tmp_path):
    build_country(tmp_path / "places.index")
    instance = Instance(
        "pooled", tmp_path / "pooled", tmp_path / "places.index", KENTONGAN_DATABASE=pooled,
        KENTONGAN_DATABASE_PREPARED="false", KENTONGAN_ANONYMOUS_REPORTS_PER_HOUR="1000",
    )  # fmt: skip
    try:
        instance.start()
        with ThreadPoolExecutor(4) as people:
            codes = list(people.map(lambda number: send(instance.url, number), range(REPORTS)))
        assert len(set(codes)) == REPORTS
        end = time.monotonic() + PATIENCE
        while (left := instance.run(WAITING)) and time.monotonic() < end:
            time.sleep(0.3)
        assert left == 0
        counted, map_count, beats = instance.run(DONE)
        assert counted == REPORTS
        assert map_count == REPORTS
        assert beats == 1
        for name, process in instance.processes.items():
            assert process.poll() is None, f"{name} ended"
        log = (instance.folder / "worker.log").read_text()
        assert "Traceback" not in log
        assert "worker.database" not in log
    finally:
        instance.close()


WAITING = """
from kentongan.foundation.outbox import Event
answer = Event.objects.count()
"""
DONE = """
from django.db.models import Sum
from kentongan import insights
from kentongan.foundation.heartbeat import Beat
from kentongan.reports.models import Report, ReportCell
insights.recount_changed()  # the reading of many rows that ended the worker
resolution = ReportCell.objects.order_by("resolution").first().resolution
cells = ReportCell.objects.filter(resolution=resolution).aggregate(n=Sum("count"))["n"]
answer = [Report.objects.count(), cells, Beat.objects.count()]
"""
