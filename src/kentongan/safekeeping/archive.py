"""The file of a backup: a plain tar, with a manifest at its end that names the SHA-256 of every other file.

Photos are packed already, so the file is not. It holds people's addresses and reports: only its owner may read it.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from kentongan.foundation.problems import Problem

FORMAT = 1
MANIFEST, SEAL = "manifest.json", "manifest.sha256"
BLOCK = 1024 * 1024


class Writer:
    """A backup under way."""

    def __init__(self, out: tarfile.TarFile) -> None:
        self._out = out
        self.files: dict[str, str] = {}

    def add(self, name: str, stream: IO[bytes], size: int) -> None:
        """Adds what `stream` holds, `size` bytes. Raises Problem `changed` (409) where it holds less."""
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode, entry.mtime = size, 0o600, int(time.time())
        told = _Hashing(stream)
        try:
            self._out.addfile(entry, told)
        except OSError as fault:
            if "unexpected end of data" not in str(fault):
                raise
            raise Problem("changed", 409, f"{name} became shorter while it was read") from None
        self.files[name] = told.hash.hexdigest()

    def finish(self, facts: dict[str, Any]) -> None:
        """Writes the manifest: from now on it is a backup."""
        content = json.dumps({"format": FORMAT, **facts, "files": self.files}, indent=1).encode()
        self.add(MANIFEST, io.BytesIO(content), len(content))
        self.add(SEAL, io.BytesIO(self.files[MANIFEST].encode()), 64)


class _Hashing:
    """A stream that is hashed as it is read."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self.hash = stream, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        block = self._stream.read(size)
        self.hash.update(block)
        return block


@contextmanager
def written(path: Path) -> Iterator[Writer]:
    """A new backup at `path`: whole, or not there at all. Raises Problem `exists` (409) for a name that is taken."""
    if path.exists():
        raise Problem("exists", 409, f"{path}: there is such a file already; give another name")
    part = path.with_name(f"{path.name}.part")
    try:
        part.touch(mode=0o600)
        part.chmod(0o600)
        with tarfile.open(part, "w") as out:
            yield Writer(out)
        part.replace(path)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def verified(path: Path) -> dict[str, Any]:
    """The manifest of a backup all of whose files were read and are as they were written.

    Raises Problem `bad_backup` (422) with what is wrong.
    """
    found: dict[str, str] = {}
    written, seal = b"", b""
    try:
        for name, stream in members(path):
            if name == MANIFEST:
                written = stream.read()
            elif name == SEAL:
                seal = stream.read()
            else:
                found[name] = _digest(stream)
    except (tarfile.TarError, EOFError) as fault:
        raise Problem("bad_backup", 422, f"{path}: cannot be read to its end: {fault}") from None
    if not written or hashlib.sha256(written).hexdigest().encode() != seal:
        raise Problem("bad_backup", 422, f"{path}: its manifest is missing or damaged: it was not written to its end")
    manifest = _manifest(path, written)
    if manifest.get("format") != FORMAT:
        raise Problem("bad_backup", 422, f"{path}: format {manifest.get('format')} is not known to this program")
    for name, digest in manifest["files"].items():
        if name not in found or found[name] != digest:
            what = "is damaged" if name in found else "is missing"
            raise Problem("bad_backup", 422, f"{path}: {name} in it {what}")
    return manifest


def _manifest(path: Path, written: bytes) -> dict[str, Any]:
    """Raises Problem `bad_backup` where it names no files."""
    try:
        said = json.loads(written)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or (said.get("format") == FORMAT and not isinstance(said.get("files"), dict)):
        raise Problem("bad_backup", 422, f"{path}: its manifest names no files")
    return said


def _digest(stream: IO[bytes]) -> str:
    found = hashlib.sha256()
    while block := stream.read(BLOCK):
        found.update(block)
    return found.hexdigest()


def members(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """Name and content of each file, in order. Raises Problem `bad_backup` (422) where it cannot be read."""
    try:
        with tarfile.open(path, "r:") as archive:
            for entry in archive:
                stream = archive.extractfile(entry) if entry.isreg() else None
                if stream is None or entry.name.startswith("/") or ".." in Path(entry.name).parts:
                    raise Problem("bad_backup", 422, f"{path}: {entry.name} in it is no file of a backup")
                yield entry.name, stream
    except (tarfile.TarError, EOFError, ValueError) as fault:
        raise Problem("bad_backup", 422, f"{path}: cannot be read as a backup: {fault}") from None


def copied(stream: IO[bytes], path: Path) -> None:
    """Writes a stream into a file that only its owner may read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    with path.open("wb") as out:
        while block := stream.read(BLOCK):
            out.write(block)
