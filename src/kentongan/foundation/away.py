"""What is no fault of ours: the database or the disk is away (503, may be sent again), or the text is none (400)."""

from __future__ import annotations

import errno
import os
import shutil

from django.db import DataError, InterfaceError, OperationalError, connection, transaction

from kentongan.foundation.config import config
from kentongan.foundation.revision import Revision
from kentongan.foundation.sqlite.base import FileMoved

RETRY_AFTER = 10  # seconds
LEAST_FREE = 64 * 1024 * 1024  # bytes: a report with five photos needs up to 100 MB, one without far less
_DISK = {
    errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE,
    errno.ESTALE, errno.ENOTCONN, errno.EHOSTDOWN, errno.ETIMEDOUT, errno.ENODEV, errno.EUCLEAN,  # of a disk on the net
}  # fmt: skip

# As psycopg says it, and PostgreSQL of a value in JSON; a message that quotes a statement has NULL in it.
_NUL = ("cannot contain NUL", "\\u0000 cannot be converted")


def is_away(fault: BaseException | None) -> bool:
    """Whether `fault`, or what it came from, says that the database does not answer or the disk takes nothing."""
    seen = 0
    while fault is not None and seen < 10:
        if isinstance(fault, OperationalError | InterfaceError):
            return True
        if isinstance(fault, OSError) and fault.errno in _DISK:
            return True
        if getattr(fault, "sqlstate", None) == "25006":  # PostgreSQL: read only, as a stand-by is
            return True
        fault, seen = fault.__cause__ or fault.__context__, seen + 1
    return False


def is_nul(fault: BaseException | None) -> bool:
    """Whether PostgreSQL refused a text because of the character NUL, which no form sends that a person fills in.

    A net below the checks of each field, for what is only looked up: SQLite finds nothing under such a text.
    """
    return isinstance(fault, DataError | ValueError) and any(words in str(fault) for words in _NUL)


def hindrance() -> str:
    """Why a report sent now would not be stored; empty where it would be. Raises DatabaseError where even asking fails.

    It writes, and takes back what it wrote: a database that is read only answers every question.
    """
    try:
        with transaction.atomic():
            Revision.objects.filter(name="").delete()
            Revision.objects.create(name="", number=0)
            if connection.vendor == "postgresql" and _is_read_only():
                return "database: read only"
            transaction.set_rollback(True)
    except FileMoved as fault:
        return f"database: {fault}"
    return disk()


def _is_read_only() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_read_only")
        return bool(cursor.fetchone()[0] == "on")


def disk() -> str:
    """Why the data folder takes nothing; empty where it does.

    What is only in memory is not taken: a full quota and a failing disk are told when it is written through.
    """
    folder, probe = config().data, config().data / f".probe-{os.getpid()}"
    try:
        try:
            with probe.open("wb") as file:
                file.write(b"kentongan")
                file.flush()
                os.fsync(file.fileno())
        finally:
            probe.unlink(missing_ok=True)
        free = shutil.disk_usage(folder).free
    except OSError as fault:
        return f"data folder: {errno.errorcode.get(fault.errno or 0, 'unknown')}"
    return "" if free >= LEAST_FREE else f"data folder: {free // 2**20} MB are free"
