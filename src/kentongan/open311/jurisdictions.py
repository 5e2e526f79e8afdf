"""One jurisdiction for each area and each body, and one for the whole instance."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from kentongan import bodies
from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem
from kentongan.network import instance
from kentongan.places import gazetteer


@dataclass(frozen=True)
class Jurisdiction:
    """What a call speaks of: an area, a body with its parts, or, both empty, everything."""

    area: str = ""
    body: str = ""

    def covers(self, area_codes: list[str], body: str | None) -> bool:
        """Whether a report lies in it."""
        if self.area and self.area not in area_codes:
            return False
        return not self.body or body in bodies.subtree(self.body)


def read(written: str) -> Jurisdiction:
    """The jurisdiction of this id: the instance's name, a Kemendagri code, or the code of a body.

    Raises Problem `missing_jurisdiction` (400) where the settings require one, `unknown_jurisdiction` (404).
    """
    if not written:
        if config().open311_jurisdiction_required:
            raise Problem("missing_jurisdiction", 400, _("Say which jurisdiction you mean."), field="jurisdiction_id")
        return Jurisdiction()
    if written == instance():
        return Jurisdiction()
    if written in gazetteer.areas():
        return Jurisdiction(area=written)
    if bodies.snapshot().body(written):
        return Jurisdiction(body=written)
    raise Problem("unknown_jurisdiction", 404, _("There is no such jurisdiction here."), field="jurisdiction_id")
