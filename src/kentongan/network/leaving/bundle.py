"""The file itself: a ZIP archive with a line of JSON for each row, photos by their hash, and a signed manifest."""

from __future__ import annotations

import hashlib
import os
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError

from kentongan.foundation.problems import Problem
from kentongan.network.dialects.kentongan import keyring
from kentongan.network.fetching import MOST_BYTES
from kentongan.network.leaving.shapes import LINES, Manifest

MANIFEST, SIGNATURE, RULES = "manifest.json", "manifest.sig", "rules.yaml"
PHOTOS = "photos/"
PIECE = 1 << 20  # bytes read at once
LONGEST_LINE = 16 << 20  # bytes
LARGEST_MANIFEST = LARGEST_RULES = 4 << 20
NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")  # PostgreSQL keeps none
READING_FAULTS = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError)


class Broken(Exception):
    """What is wrong with a bundle, in plain words that name the member and the line."""


class Writer:
    """Writes a bundle beside its place, and puts it there only when it is whole: `with Writer(path) as out`."""

    def __init__(self, path: Path) -> None:
        self._path, self._part = path, path.with_name(f"{path.name}.part")
        self._zip = zipfile.ZipFile(self._part, "w", zipfile.ZIP_DEFLATED, allowZip64=True)
        self._members: list[dict[str, Any]] = []
        self._photos: set[str] = set()

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Puts the file in its place, or takes away what is not whole."""
        self._zip.close()
        if kind is not None:
            self._part.unlink()
            return
        with self._part.open("rb") as whole:
            os.fsync(whole.fileno())
        self._part.replace(self._path)

    def add(self, name: str, pieces: Iterable[bytes]) -> None:
        """Adds a member that the manifest names."""
        digest, size = hashlib.sha256(), 0
        with self._zip.open(name, "w", force_zip64=True) as member:
            for piece in pieces:
                member.write(piece)
                digest.update(piece)
                size += len(piece)
        self._members.append({"name": name, "bytes": size, "sha256": digest.hexdigest()})

    def add_photo(self, content: bytes) -> str:
        """Adds a photo, once however often it was used; its SHA-256."""
        digest = hashlib.sha256(content).hexdigest()
        if digest not in self._photos:
            self._photos.add(digest)
            self._zip.writestr(PHOTOS + digest, content, zipfile.ZIP_STORED)
        return digest

    def sign(self, told: dict[str, Any]) -> None:
        """Adds the manifest and its signature by this instance: the last thing to do."""
        key = keyring.own_key()
        told = {**told, "members": self._members, "key": {"keyid": key.keyid, "public": key.public}}
        written = orjson.dumps(told, option=orjson.OPT_INDENT_2)
        self._zip.writestr(MANIFEST, written)
        self._zip.writestr(SIGNATURE, keyring.encode(keyring.private_of(key).sign(written)))


class Reader:
    """A bundle that is read. Raises Problem `no_bundle` where the file is none, or was not signed by its own key."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
            written = self._small(MANIFEST)
            self.manifest = Manifest.model_validate(orjson.loads(written))
            signature = keyring.decode(self._small(SIGNATURE).decode("ascii").strip())
            Ed25519PublicKey.from_public_bytes(keyring.decode(self.manifest.key.public)).verify(signature, written)
        except InvalidSignature:
            raise Problem("no_bundle", 422, _("The signature does not hold: manifest.json was changed.")) from None
        except ValidationError as fault:
            where = ".".join(str(part) for part in fault.errors()[0]["loc"])
            raise Problem("no_bundle", 422, f"{MANIFEST}: {where}: {fault.errors()[0]['msg']}") from None
        except (*READING_FAULTS, KeyError, ValueError) as fault:
            raise Problem(
                "no_bundle", 422, _("This file is no exit bundle, or not a whole one (%(why)s).") % {"why": fault}
            ) from None

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_of: object) -> None:
        """Closes the file."""
        self._zip.close()

    @property
    def names(self) -> set[str]:
        """All that is in the file, but for the manifest and its signature."""
        return {*self._zip.namelist()} - {MANIFEST, SIGNATURE}

    def digest(self, name: str) -> tuple[str, int]:
        """SHA-256 and length of a member as it is. Raises Broken where it is missing or cannot be read."""
        digest, size = hashlib.sha256(), 0
        for piece in self._pieces(name):
            digest.update(piece)
            size += len(piece)
        return digest.hexdigest(), size

    def lines(self, table: str) -> Iterator[Any]:
        """The lines of a table, checked one by one. Raises Broken that names the line."""
        name, shape = f"{table}.jsonl", LINES[table]
        if name not in self.names:
            return
        try:
            with self._zip.open(name) as member:
                for number, line in enumerate(iter(lambda: member.readline(LONGEST_LINE), b""), start=1):
                    if NUL.search(line):
                        raise Broken(f"{name}, line {number}: a text holds the character NUL")
                    try:
                        yield shape.model_validate(orjson.loads(line))  # pydantic's own reader takes Infinity
                    except orjson.JSONDecodeError as fault:
                        raise Broken(f"{name}, line {number}: no JSON ({fault.msg})") from None
                    except ValidationError as fault:
                        where = ".".join(str(part) for part in fault.errors()[0]["loc"])
                        said = f"{name}, line {number}: {where}: {fault.errors()[0]['msg']}"
                        raise Broken(said) from None
        except READING_FAULTS as fault:
            raise Broken(f"{name}: {fault}") from None

    def photo(self, digest: str) -> bytes:
        """The photo with this hash. Raises Broken where the bundle has other bytes under its name."""
        name = PHOTOS + digest
        if name in self.names and self._zip.getinfo(name).file_size > MOST_BYTES:
            raise Broken(f"{name} is larger than a photo may be")
        content = b"".join(self._pieces(name))
        if hashlib.sha256(content).hexdigest() != digest:
            raise Broken(f"{PHOTOS}{digest}: the content has another hash")
        return content

    def rules(self) -> str:
        """The competence rules, as YAML. Raises Broken where they are too long, or no text."""
        written = b""
        for piece in self._pieces(RULES):
            written += piece
            if len(written) > LARGEST_RULES:
                raise Broken(f"{RULES} is larger than rules may be")
        try:
            return written.decode()
        except UnicodeDecodeError:
            raise Broken(f"{RULES}: it is no text in UTF-8") from None

    def _pieces(self, name: str) -> Iterator[bytes]:
        try:
            with self._zip.open(name) as member:
                while piece := member.read(PIECE):
                    yield piece
        except KeyError:
            raise Broken(f"{name} is missing") from None
        except READING_FAULTS as fault:
            raise Broken(f"{name}: {fault}") from None

    def _small(self, name: str) -> bytes:
        with self._zip.open(name) as member:
            return member.read(LARGEST_MANIFEST)
