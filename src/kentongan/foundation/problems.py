"""What went wrong, in words for the person who can put it right: one exception for every way in."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise

Words = str | Promise


class Problem(Exception):
    """A refusal with a stable `code`, the HTTP `status` it maps to and a translatable `detail`.

    `field` names the part of the input at fault, empty where it is the whole. `extra` holds further
    members of an RFC 9457 problem answer, such as `retry_after` in seconds.
    """

    def __init__(
        self, code: str, status: int, detail: Words, *, field: str = "", extra: dict[str, Any] | None = None
    ) -> None:
        self.code, self.status, self.detail, self.field = code, status, detail, field
        self.extra = extra or {}
        super().__init__(code, status, detail)

    def __str__(self) -> str:
        return self.code
