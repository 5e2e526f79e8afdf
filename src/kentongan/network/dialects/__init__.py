"""The dialects by name. Adding one is a module here and a line in this table."""

from __future__ import annotations

from importlib import import_module

from django.utils.translation import gettext_lazy as _

from kentongan.foundation.problems import Problem
from kentongan.foundation.remembering import remembered
from kentongan.network.dialects.base import Dialect

# name: module and class
DIALECTS: dict[str, tuple[str, str]] = {
    "email": ("email.sending", "Email"),
    "kentongan": ("kentongan.client", "Kentongan"),
    "lapor": ("lapor.client", "Lapor"),
    "webhook": ("webhook.sending", "WebhookDialect"),
    "open311": ("open311.client", "Open311"),
    "fixmystreet": ("open311.client", "FixMyStreet"),
}


@remembered(maxsize=32)
def dialect(name: str) -> Dialect:
    """The dialect of this name. Raises Problem `unknown_dialect` (422)."""
    if name not in DIALECTS:
        raise Problem(
            "unknown_dialect", 422,
            _("There is no dialect %(name)s; choose one of: %(known)s.")
            % {"name": name, "known": ", ".join(sorted(DIALECTS))},
            field="dialect",
        )  # fmt: skip
    module, kind = DIALECTS[name]
    made: Dialect = getattr(import_module(f"kentongan.network.dialects.{module}"), kind)()
    return made
