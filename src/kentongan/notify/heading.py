"""The head of a letter about a report: the logo and the colour of the body that has it, where it has set them."""

from __future__ import annotations

import io
from contextlib import suppress
from dataclasses import dataclass

from django.utils import translation
from django.utils.html import escape
from PIL import Image

from kentongan import bodies
from kentongan.foundation.remembering import remembered
from kentongan.notify.models import Message

EDGE, HEIGHT = 160, 48  # pixels: the longer side of what is sent, and how high it is shown
MOST = 12_000  # bytes: two seconds on a slow link (50 kbit/s); a logo that needs more stays away


@dataclass(frozen=True)
class Head:
    """The name of the body, its colour as it is read by day (#rrggbb, empty: none) and its logo (PNG, empty: none)."""

    name: str
    colour: str
    logo: bytes


def of(message: Message) -> Head | None:
    """The head of a letter; None for one to staff, of no report, or about one whose body has set nothing."""
    body = message.entry.report.body_id if message.entry and not message.staff_of else None
    found = bodies.snapshot().body(body or "")
    if found is None:
        return None
    look = bodies.look(found.code)
    logo = b""
    if look.logo:
        with suppress(LookupError):  # taken away a moment ago
            logo = _small(look.of, look.logo)
    if not (look.accent or logo):
        return None
    with translation.override(message.to_person.language if message.to_person else "id"):
        name = found.name
    return Head(name, bodies.shades(look.accent, bodies.DAY).sea if look.accent else "", logo)


def drawn(head: Head) -> str:
    """The head as HTML for mail programs, which know no style sheets."""
    name = escape(head.name)
    line = f"border-bottom:3px solid {head.colour};" if head.colour else ""
    logo = f'<img src="cid:logo" alt="" height="{HEIGHT}" style="vertical-align:middle"> ' if head.logo else ""
    return f'<p style="{line}padding-bottom:8px;font-family:sans-serif">{logo}<b>{name}</b></p>'


@remembered(maxsize=64)
def _small(of: str, _mark: str) -> bytes:
    kept = bodies.logo(of)
    if kept is None:
        raise LookupError(of)  # which is not kept: the same logo may come back
    out = io.BytesIO()
    with Image.open(io.BytesIO(bytes(kept.content)), formats=["PNG"]) as image:
        small = image.convert("RGB")
    small.thumbnail((EDGE, 2 * HEIGHT), Image.Resampling.LANCZOS)
    small.quantize(256, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue() if out.tell() <= MOST else b""
