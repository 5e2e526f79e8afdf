"""Brings a backup back into an empty installation: everything is read and proven before anything is touched."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import connection

from kentongan.foundation import heartbeat
from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem
from kentongan.places import country
from kentongan.places.models import Area
from kentongan.reports import audit
from kentongan.safekeeping import archive, backup, database

Progress = Callable[[str, int, int], None]


@dataclass
class Restored:
    """What came back. `faults`: differences that the audit found. `other_key`: peers' keys and sessions are lost."""

    reports: int = 0
    photos: int = 0
    made_at: str = ""
    other_key: bool = False
    faults: list[str] = field(default_factory=list)


def restore(path: Path, progress: Progress | None = None) -> Restored:
    """Puts database, photos and rules of a backup in place.

    Raises Problem: `bad_backup` (422), `newer`, `other_database`, `not_empty` or `running` (409): nothing is changed.
    """
    told = archive.verified(path)
    if told["vendor"] != connection.vendor:
        raise Problem(
            "other_database",
            409,
            f"this is a backup of {told['vendor']}, and KENTONGAN_DATABASE is {connection.vendor}",
        )
    migrations = [(app, name) for app, name in told["migrations"]]
    database.refuse_unknown(migrations)
    database.refuse_filled()
    if "foundation_beat" in connection.introspection.table_names() and heartbeat.is_working():
        raise Problem("running", 409, "a worker is at work here: stop the services first")
    done = Restored(made_at=told["made_at"], other_key=told["key"] != backup.key_mark())
    with tempfile.TemporaryDirectory(dir=config().data, prefix=".restore-") as scratch:
        # Photos first: a report is never seen without its own.
        done.photos = _unpack(path, Path(scratch), told["photos"], progress)
        if told["vendor"] == "sqlite":
            database.put_sqlite(Path(scratch) / database.SQLITE)
        else:
            database.fill_tables(Path(scratch), migrations, told["columns"])
    done.reports = told["reports"]
    done.faults = [f"{one.code}: {one.what} is {one.row}, its timeline says {one.timeline}" for one in audit.audit()]
    if Area.objects.exists():
        country.build_index(progress)
    return done


def _unpack(path: Path, scratch: Path, photos: int, progress: Progress | None) -> int:
    kept = 0
    for name, stream in archive.members(path):
        if name.startswith(backup.PHOTOS):
            kept += _keep_photo(name.removeprefix(backup.PHOTOS), File(stream))
            if progress:
                progress("photos", kept, photos)
        elif name == backup.RULES:
            archive.copied(stream, config().data / backup.RULES)
        elif name not in {archive.MANIFEST, archive.SEAL}:
            archive.copied(stream, scratch / name)
    return kept


def _keep_photo(name: str, content: File[bytes]) -> int:
    """Keeps a photo under the name that its row has; one that is there already, as in a bucket, stays."""
    try:
        if not default_storage.exists(name):
            default_storage.save(name, content)
    except SuspiciousFileOperation:
        raise Problem("bad_backup", 422, f"{name} is no name of a photo") from None
    return 1
