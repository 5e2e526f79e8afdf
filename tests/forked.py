"""What the process that others are forked from has imported (`tests/forking.py`), and how a fork reads its settings.

It has opened nothing: no database, no index of the country, no thread. What the package itself says of the country it
has read, as nearly every process would begin by that.
"""

from __future__ import annotations

import gc
import importlib
import math
import os
import pkgutil
import shutil
import sys
from pathlib import Path

import django
from asgiref.local import Local

django.setup()

from django.conf import empty, settings  # noqa: E402
from django.core.signals import setting_changed  # noqa: E402
from django.db import connections  # noqa: E402
from django.db.migrations.loader import MigrationLoader  # noqa: E402
from django.test import signals as _signals  # noqa: E402, F401  who has read a setting asks again

import kentongan  # noqa: E402
import kentongan.settings as written  # noqa: E402
from kentongan.cli import running  # noqa: E402
from kentongan.cli.commands import app_for  # noqa: E402
from kentongan.foundation.config import config  # noqa: E402
from kentongan.places import gazetteer  # noqa: E402

app_for()
_OTHERS = {"kentongan.rsgi", "kentongan.wsgi"}  # these begin when they are imported
for _ in pkgutil.walk_packages(kentongan.__path__, "kentongan."):
    if _.name not in _OTHERS:
        importlib.import_module(_.name)
for _also in ("tests.tasks", "tests.world"):
    importlib.import_module(_also)
MigrationLoader(None)  # those of all apps
gazetteer._kept = (math.inf, 0, gazetteer.packaged())  # so that no index of the country is looked for
gazetteer.villages()
gazetteer._kept = None
gc.collect()
gc.freeze()  # a fork that looked through all of it for what nobody needs would copy every page of it


def run(*words: str) -> None:
    """`kentongan WORDS…`, without a keeper."""
    sys.argv = ["kentongan", *words]
    try:
        running.command()
    finally:
        folder = Path(os.environ.get("PROMETHEUS_MULTIPROC_DIR", ""))
        if folder.name.startswith("kentongan-metrics-"):  # a fork runs nothing of `atexit`
            shutil.rmtree(folder, ignore_errors=True)
        connections.close_all()  # as by the end of a whole process: SQLite's file has all that was written


def read_settings(*words: str) -> None:
    """Settings are those of the variables of this process from now on, which is to run `kentongan WORDS…`, if any."""
    running.without_settings(words or ("shell",))
    config.cache_clear()
    importlib.reload(written)
    settings._wrapped = empty
    connections._settings = None
    vars(connections).pop("settings", None)
    connections._connections = Local(connections.thread_critical)
    for name in dir(written):
        if name.isupper() and name != "DATABASES":
            setting_changed.send(settings, setting=name, value=getattr(settings, name), enter=True)
