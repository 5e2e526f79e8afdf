"""The figures are right whichever of the server's processes is asked."""

import re
import subprocess
import sys
import urllib.request
from pathlib import Path

from tests.instances import Instance, until
from tests.world import build_country

ASKED = 40
COUNT = re.compile(r'^kentongan_request_seconds_count\{[^}]*route="api/v1/categories"[^}]*\} (\S+)$', re.MULTILINE)


def test_two_processes_count_together_and_say_the_same(tmp_path):
    build_country(tmp_path / "places.index")
    instance = Instance("satu", tmp_path / "satu", tmp_path / "places.index", TMPDIR=str(tmp_path))
    command = [sys.executable, "-m", "kentongan.cli.main", "serve", "--port", str(instance.port), "--workers", "2"]
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(command, env=instance.env, cwd=tmp_path, stdout=log, stderr=log)

    def get(path):
        with urllib.request.urlopen(instance.url + path, timeout=30) as answer:
            return answer.read().decode()

    try:
        until(instance.answers)
        for _ in range(ASKED):
            get("/api/v1/categories")
        for _ in range(8):
            said = get("/metrics")
            assert sum(float(number) for number in COUNT.findall(said)) == ASKED
            for name in ("outbox_late_seconds", "mails_late_seconds", "worker_silent_seconds", "disk_free_bytes"):
                assert f"\nkentongan_{name} " in said
        assert list(Path(tmp_path).glob("kentongan-metrics-*"))
    finally:
        server.terminate()
        server.wait(30)
        instance.close()
    assert not list(Path(tmp_path).glob("kentongan-metrics-*"))
