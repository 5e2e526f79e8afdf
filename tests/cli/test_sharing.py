"""What the processes of a server need of memory: much of it once for all of them."""

import os
import subprocess
import sys
from pathlib import Path

from kentongan.foundation.databases import database_settings, keep_little

SHARED = """
import gc, os, django
django.setup()
from django.db import connection
from kentongan.cli.sharing import share
share()
assert connection.connection is None, "a connection to the database would be in two processes"
assert gc.get_freeze_count() > 100_000, gc.get_freeze_count()
assert len(gc.get_objects()) < 1_000, len(gc.get_objects())
from kentongan.places import gazetteer
assert gazetteer.packaged.cache_info().currsize == 1
assert "kentongan.api.urls" in __import__("sys").modules
print(connection.settings_dict["OPTIONS"].get("init_command", ""))
"""


def test_a_server_has_all_that_its_processes_share_before_they_are_forked(tmp_path: Path) -> None:
    told = {
        **os.environ, "KENTONGAN_DATA": str(tmp_path), "KENTONGAN_DATABASE": "",
        "DJANGO_SETTINGS_MODULE": "kentongan.settings",
    }  # fmt: skip
    done = subprocess.run([sys.executable, "-c", SHARED], capture_output=True, text=True, env=told, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "cache_size=-2000;" in done.stdout


def test_connections_of_many_threads_keep_few_pages_of_a_file(tmp_path: Path) -> None:
    settings = database_settings("", tmp_path)
    keep_little(settings)
    assert "cache_size=-2000;" in settings["OPTIONS"]["init_command"]
    assert "journal_mode=WAL" in settings["OPTIONS"]["init_command"]
    there = database_settings("postgresql:///x", tmp_path)
    keep_little(there)
    assert there == database_settings("postgresql:///x", tmp_path)
