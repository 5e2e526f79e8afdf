"""The hasher of passwords in tests: the product's own, with one turn instead of a million, half a second each."""

from __future__ import annotations

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class OneTurn(PBKDF2PasswordHasher):
    """Hashes as Django's own, and keeps to itself that it was quick: nothing is hashed again at signing in."""

    iterations = 1
