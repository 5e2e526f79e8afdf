"""Secrets that must be used again (keys to speak to peers), encrypted where they are kept."""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from kentongan.foundation.problems import Problem
from kentongan.foundation.remembering import remembered


def seal(secret: str) -> str:
    """`secret` encrypted (Fernet) with a key derived from the installation's own."""
    return _box().encrypt(secret.encode()).decode() if secret else ""


def unseal(sealed: str) -> str:
    """What `seal` was given. Raises Problem `lost_secret` where the installation's key has changed since."""
    try:
        return _box().decrypt(sealed.encode()).decode() if sealed else ""
    except (InvalidToken, ValueError):  # letters that no seal has
        raise Problem(
            "lost_secret", 500,
            _("This secret was kept under another KENTONGAN_SECRET_KEY. Give it again, or bring the old key back."),
        ) from None  # fmt: skip


def _box() -> Fernet:
    return _box_of(settings.SECRET_KEY)


@remembered(maxsize=2)
def _box_of(installation: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"kentongan.network:{installation}".encode()).digest()))
