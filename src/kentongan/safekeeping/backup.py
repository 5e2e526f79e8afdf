"""Writes a backup while people go on writing: first the database of one moment, then every photo it can need."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.core.files.storage import default_storage
from django.utils import timezone
from django.utils.crypto import salted_hmac

from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem
from kentongan.safekeeping import archive, database

PHOTOS = "photos/"
RULES = "rules.yaml"
Progress = Callable[[str, int, int], None]


@dataclass
class Written:
    """What a backup holds. `faults`: what was wrong already, each in a line; the backup is good all the same."""

    reports: int = 0
    photos: int = 0
    bytes: int = 0
    faults: list[str] = field(default_factory=list)


def back_up(path: Path, *, photos: bool = True, progress: Progress | None = None) -> Written:
    """Writes all of the installation but its settings into `path`, a new file.

    Raises Problem: `exists` (409), `damaged` (500) where the database's own file is.
    """
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".backup-") as scratch, archive.written(path) as out:
        folder = Path(scratch)
        copied = database.copy(folder)
        done = Written(reports=copied.reports, faults=list(copied.differences))
        if copied.vendor == "sqlite":
            done.faults += _audited(folder / database.SQLITE)
        for file in sorted(one for one in folder.rglob("*") if one.is_file()):
            with file.open("rb") as stream:
                out.add(file.relative_to(folder).as_posix(), stream, file.stat().st_size)
        rules = config().data / RULES
        if rules.is_file():
            with rules.open("rb") as stream:
                out.add(RULES, stream, rules.stat().st_size)
        if photos:
            done.photos = _add_photos(out, progress)
            done.faults += _missing(copied.photos, out)
        out.finish(_facts(copied, done))
    archive.verified(path)
    done.bytes = path.stat().st_size
    return done


def key_mark() -> str:
    """Tells whether two installations have the same secret key, and nothing of the key."""
    return salted_hmac("kentongan.safekeeping", "key", algorithm="sha256").hexdigest()[:16]


def _facts(copied: database.Copied, done: Written) -> dict[str, object]:
    return {
        "made_at": timezone.now().isoformat(), "program": importlib.metadata.version("kentongan"),
        "address": config().base_url, "vendor": copied.vendor, "migrations": copied.migrations,
        "columns": copied.columns, "reports": done.reports, "photos": done.photos, "key": key_mark(),
    }  # fmt: skip


def _add_photos(out: archive.Writer, progress: Progress | None) -> int:
    names = sorted(_stored(""))
    for at, name in enumerate(names, start=1):
        try:
            with default_storage.open(name) as stream:
                out.add(PHOTOS + name, stream, default_storage.size(name))
        except FileNotFoundError:
            continue  # swept since it was listed: it belonged to no report
        if progress:
            progress("photos", at, len(names))
    return sum(name.startswith(PHOTOS) for name in out.files)


def _stored(folder: str) -> Iterator[str]:
    """Every file of the storage, a folder of this machine or a bucket."""
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return  # nobody has sent a photo yet
    prefix = f"{folder}/" if folder else ""
    yield from (prefix + name for name in files)
    for name in folders:
        yield from _stored(prefix + name)


def _missing(needed: set[str], out: archive.Writer) -> list[str]:
    missing = sorted(name for name in needed if PHOTOS + name not in out.files)
    return [f"{len(missing)} photos of reports are not in the storage, such as {missing[0]}"] if missing else []


def _audited(path: Path) -> list[str]:
    """What `kentongan audit` says of a copy, in a process that has the copy as its database."""
    env = os.environ | {"KENTONGAN_DATABASE": f"sqlite:///{path}"}
    command = [sys.executable, "-m", "kentongan.cli.main", "audit"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return []
    if not done.stdout.strip():
        raise Problem("damaged", 500, f"the copy cannot be audited: {done.stderr.strip()[-300:]}")
    return done.stdout.strip().splitlines()[:20]
