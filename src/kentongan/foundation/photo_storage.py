"""Where photos lie, told to Django: a folder of this machine, or a bucket that all machines share.

No request waits for a bucket: what is saved lies in a folder of this machine first and is moved from there, and what
is read has a deadline for all of it. A bucket that is silent costs a few threads of their own, none of the server's.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from contextlib import suppress
from errno import EIO
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import structlog
from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, Storage

if TYPE_CHECKING:
    from kentongan.foundation.config import Config

DEADLINE = 8.0  # seconds for reading a photo
CALLS = 4  # to the bucket at once, from one process; more fail at once
PAUSE = 10.0  # seconds after a move that failed
_log = structlog.get_logger(__name__)
T = TypeVar("T")


def photo_storage(config: Config) -> dict[str, Any]:
    """Django's storage for photos. In a bucket nothing is public: every photo is asked for through this program."""
    if not config.photos_bucket:
        # Names are made from ids: what is saved twice is the same photo.
        return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"allow_overwrite": True}}
    from botocore.config import Config as Client

    patience = Client(connect_timeout=3, read_timeout=8, retries={"total_max_attempts": 2, "mode": "standard"})
    bucket = {
        "bucket_name": config.photos_bucket, "endpoint_url": config.photos_endpoint or None,
        "region_name": config.photos_region or None, "access_key": config.photos_key or None,
        "secret_key": config.photos_secret or None, "default_acl": None, "file_overwrite": True,
        "client_config": patience,
    }  # fmt: skip
    return {
        "BACKEND": "kentongan.foundation.photo_storage.BucketBehind",
        "OPTIONS": {"folder": str(config.data / "to-bucket"), "bucket": bucket},
    }


class BucketBehind(Storage):
    """A folder of this machine in front of a bucket."""

    def __init__(self, folder: str, bucket: dict[str, Any]) -> None:
        from storages.backends.s3 import S3Storage

        self._folder, self._bucket = Path(folder), S3Storage(**bucket)
        self._here = FileSystemStorage(location=folder)
        self._pool = ThreadPoolExecutor(CALLS, thread_name_prefix="bucket")
        self._free = threading.Semaphore(CALLS)
        self._mover: threading.Thread | None = None
        self._lock = threading.Lock()

    def move(self) -> int:
        """Moves all that waits here into the bucket; returns how much. Raises what the bucket raises."""
        moved = 0
        for path in sorted(self._folder.rglob("*")) if self._folder.exists() else []:
            if not path.is_file() or path.name.endswith(".part"):
                continue
            name = str(path.relative_to(self._folder))
            try:
                seen = path.stat().st_mtime_ns
                content = path.read_bytes()
            except FileNotFoundError:
                continue  # another thread or process has moved it meanwhile
            self._bucket.save(name, ContentFile(content))
            with suppress(FileNotFoundError):
                if path.stat().st_mtime_ns == seen:
                    path.unlink()
            moved += 1
        return moved

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        """The name itself: they are made from ids, and asking the bucket would take time."""
        return name

    def exists(self, name: str) -> bool:
        """Whether there is such a photo, here or in the bucket."""
        return self._here.exists(name) or bool(self._bounded(partial(self._bucket.exists, name)))

    def size(self, name: str) -> int:
        """Its bytes."""
        return self._here.size(name) if self._here.exists(name) else self._bounded(partial(self._bucket.size, name))

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        """The folders and the files under a path, of both places together. Not bounded: for the backup, no request."""
        folders, files = self._bucket.listdir(path)
        if self._here.exists(path):
            more_folders, more_files = self._here.listdir(path)
            waiting = [name for name in more_files if not name.endswith(".part")]
            folders, files = sorted({*folders, *more_folders}), sorted({*files, *waiting})
        return list(folders), list(files)

    def delete(self, name: str) -> None:
        """Deletes it in both places."""
        self._here.delete(name)
        self._bounded(partial(self._bucket.delete, name))

    def _open(self, name: str, mode: str = "rb") -> File[bytes]:
        try:
            return ContentFile((self._folder / name).read_bytes(), name)
        except FileNotFoundError:
            return ContentFile(self._bounded(partial(self._read, name)), name)

    def _read(self, name: str) -> bytes:
        with self._bucket.open(name) as stored:
            return bytes(stored.read())

    def _save(self, name: str, content: File[bytes]) -> str:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.part")
        with part.open("wb") as file:
            for piece in content.chunks():
                file.write(piece)
        part.replace(path)
        with self._lock:
            if self._mover is None or not self._mover.is_alive():
                self._mover = threading.Thread(target=self._move_on, name="to-bucket", daemon=True)
                self._mover.start()
        return name

    def _move_on(self) -> None:
        """Until nothing waits; where the bucket is away, a few more times, then it is left to the worker's job."""
        for _try in range(30):
            try:
                while self.move():
                    pass
            except Exception as fault:  # noqa: BLE001  boto raises more kinds than can be named here
                _log.warning("photos.not_moved", error=type(fault).__name__)
                time.sleep(PAUSE)
            else:
                return

    def _bounded(self, ask: Callable[[], T]) -> T:
        """What the bucket answers, within the deadline. OSError (EIO) where it does not, or where too many ask."""
        if not self._free.acquire(blocking=False):
            raise OSError(EIO, "the bucket does not answer")
        asked = self._pool.submit(ask)
        # Given back when the call is over and not when we have lost patience: so that silence costs no more threads.
        asked.add_done_callback(lambda _done: self._free.release())
        try:
            return asked.result(DEADLINE)
        except Late:
            raise OSError(EIO, "the bucket does not answer in time") from None


def move_to_bucket() -> int:
    """Moves what waits on this machine; returns how much. For the worker, after a restart or a bucket that was away."""
    from django.core.files.storage import storages

    storage = storages["default"]
    return storage.move() if isinstance(storage, BucketBehind) else 0
