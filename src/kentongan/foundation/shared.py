"""Django's cache for all processes of an installation: what guards the way in counts for each of them.

In the memory of a process, Django's default, wrong codes were counted by each process for itself, and a code of a
second factor that was used up in one of them opened the next.
"""

from __future__ import annotations

import json
import time
from math import ceil
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import models
from django.utils.crypto import salted_hmac

from kentongan.foundation import prepared
from kentongan.foundation.sweeping import sweep

NEVER = 2**62  # seconds since 1970
_GET = "SELECT value FROM foundation_shared WHERE key = %s AND ends > %s"
_SET = """
    INSERT INTO foundation_shared (key, value, ends) VALUES (%s, %s, %s)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, ends = excluded.ends
"""
# One statement, so that of two processes in one moment only one is told that it was the first.
_ADD = f"{_SET} WHERE foundation_shared.ends <= %s RETURNING key"
_DELETE = "DELETE FROM foundation_shared WHERE key = %s RETURNING key"


class Shared(models.Model):
    """A value, as JSON, until `ends`. The key is hashed: it may be an address of a person, or a code."""

    key = models.CharField(max_length=64, primary_key=True)
    value = models.TextField()
    ends = models.BigIntegerField(db_index=True)  # seconds since 1970

    def __str__(self) -> str:
        return f"{self.key[:8]} until {self.ends}"


class Cache(BaseCache):
    """Django's `CACHES`; values are what JSON can say."""

    def __init__(self, _location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Keeps the value where there is none; whether it did."""
        told = self._hashed(key, version), json.dumps(value), self._ends(timeout), int(time.time())
        return bool(prepared.rows(_ADD, told))

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        """The value, or `default`."""
        found = prepared.rows(_GET, (self._hashed(key, version), int(time.time())))
        return json.loads(found[0][0]) if found else default

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        """Keeps the value in place of any."""
        prepared.run(_SET, (self._hashed(key, version), json.dumps(value), self._ends(timeout)))

    def delete(self, key: str, version: int | None = None) -> bool:
        """Forgets the value; whether there was one."""
        return bool(prepared.rows(_DELETE, (self._hashed(key, version),)))

    def clear(self) -> None:
        """Forgets all of them."""
        Shared.objects.all().delete()

    def _hashed(self, key: str, version: int | None) -> str:
        said = self.make_key(key, version)
        return salted_hmac("kentongan.shared", said, algorithm="sha256").hexdigest()

    def _ends(self, timeout: Any) -> int:
        at = self.get_backend_timeout(timeout)
        return NEVER if at is None else ceil(at)


def forget() -> int:
    """Removes what is over; returns how many."""
    return sweep(Shared.objects.filter(ends__lte=int(time.time())))
