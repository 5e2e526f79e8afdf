"""How a body looks: its logo and its colour, of its own or of the nearest above it. The caller checks the right."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kentongan.bodies.models import Body, Logo
from kentongan.bodies.world import get, invalidate, line, snapshot
from kentongan.foundation.problems import Problem


@dataclass(frozen=True)
class Look:
    """The colour (#rrggbb; empty: that of the site), whose logo it is (`of`, a code) and its mark (empty: none)."""

    accent: str
    of: str
    logo: str


def look(code: str) -> Look:
    """How a body looks today, its parts as it does where they have nothing of their own."""
    known = [body for one in line(code) if (body := snapshot().body(one))]
    bearer = next((body for body in known if body.logo), None)
    accent = next((body.accent for body in known if body.accent), "")
    return Look(accent, bearer.code if bearer else "", bearer.logo if bearer else "")


def logo(code: str) -> Logo | None:
    """The logo of the body itself."""
    return Logo.objects.filter(body=code).first()


def set_accent(code: str, accent: str, was: str) -> None:
    """Sets the colour (#rrggbb, empty: none). Raises Problem `changed` (409) where it is not `was` any more."""
    with transaction.atomic():
        body = _locked(code)
        _only_if(body.accent in (was, accent), "accent")  # the new one: a second tap
        body.accent = accent
        body.save(update_fields=["accent"])
        invalidate()


def set_logo(code: str, content: bytes, size: tuple[int, int], was: str) -> str:
    """Sets the logo (PNG of `size` pixels; no bytes: none) and gives its mark. Raises Problem `changed` (409) where the
    mark of the one before is not `was` any more.
    """
    mark = sha256(content).hexdigest()[:16] if content else ""
    with transaction.atomic():
        body = _locked(code)
        _only_if(body.logo in (was, mark), "logo")
        if content:
            kept = {"mark": mark, "width": size[0], "height": size[1], "content": content}
            Logo.objects.update_or_create(body=body, defaults=kept)
        else:
            Logo.objects.filter(body=body).delete()
        body.logo = mark
        body.save(update_fields=["logo"])
        invalidate()
    return mark


def _locked(code: str) -> Body:
    return Body.objects.select_for_update(of=("self",)).get(pk=get(code).pk)


def _only_if(still: bool, field: str) -> None:
    if not still:
        words = _("Somebody else has changed this meanwhile. Look at what is there now, then do it again if you like.")
        raise Problem("changed", 409, words, field=field)
