"""What people said and where they are, as it is kept: encrypted (Fernet), by keys that no copy of the database holds.

`KENTONGAN_SAFETY_KEYS` names them, the newest first: what is sealed anew takes the first, what is old opens with any.
Without the setting the key comes from the installation's own secret, which is outside the database too.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from typing import Any

import orjson
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models

from kentongan.foundation.config import config
from kentongan.foundation.remembering import remembered


def seal(value: Any) -> str:
    """Plain data (or text), sealed."""
    return _box().encrypt(orjson.dumps(value)).decode()


def unseal(sealed: str) -> Any:
    """What `seal` was given; None where it is empty, or no key opens it any more."""
    try:
        return orjson.loads(_box().decrypt(sealed)) if sealed else None
    except (InvalidToken, ValueError):  # letters that no seal has
        return None


def seal_bytes(value: bytes) -> bytes:
    """A file, sealed."""
    return _box().encrypt(value)


def unseal_bytes(sealed: bytes) -> bytes | None:
    """What `seal_bytes` was given; None where no key opens it any more."""
    try:
        return _box().decrypt(bytes(sealed))
    except InvalidToken:
        return None


def renew(sealed: bytes) -> bytes | None:
    """The same under the newest key, None where no key opens it."""
    try:
        return _box().rotate(bytes(sealed))
    except InvalidToken:
        return None


def renew_all(columns: Iterable[tuple[Any, str]]) -> tuple[int, int]:
    """Seals anew what these columns (model, field of text or of a file) hold; returns how many rows, and how many no
    key opens any more."""
    done = lost = 0
    for model, field in columns:
        rows: Any = model._default_manager
        is_file = isinstance(model._meta.get_field(field), models.BinaryField)
        for row in rows.exclude(**{field: b"" if is_file else ""}).iterator(200):
            kept = getattr(row, field)
            fresh = renew(bytes(kept) if is_file else kept.encode())
            lost += fresh is None
            if fresh is not None:
                done += rows.filter(pk=row.pk).update(**{field: fresh if is_file else fresh.decode()})
    return done, lost


def _box() -> MultiFernet:
    return _box_of(tuple(config().safety_keys), settings.SECRET_KEY)


@remembered(maxsize=4)
def _box_of(keys: tuple[str, ...], installation: str) -> MultiFernet:
    # The installation's own stays the last: what was sealed before keys were given opens still.
    named = [f"kentongan.safety:{key}" for key in (*keys, installation)]
    return MultiFernet(Fernet(base64.urlsafe_b64encode(hashlib.sha256(one.encode()).digest())) for one in named)
