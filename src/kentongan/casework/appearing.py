"""The logo and the colour of a body, as its administrators set them."""

from __future__ import annotations

import io

from django.utils.translation import gettext_lazy as _
from PIL import Image

from kentongan import bodies, reports
from kentongan.casework.staff import only_managers
from kentongan.foundation.problems import Problem, Words
from kentongan.people.models import Person

MOST_BYTES = 5 * 1024 * 1024
EDGE, LEAST = 320, 32  # pixels of the longer side: of what is kept, and of what is taken
COLOURS = 256  # of what is kept: logos have few, and a third of the bytes is enough then
LONGEST = 8  # times as long as high, or as high as long
PALEST = 200  # of 255: where red, green and blue are never darker, nothing is seen on white


def may_dress(person: Person | None, body: str) -> None:
    """Raises Problem `forbidden` (403) for those who may not set how `body` looks, `unknown_body`."""
    only_managers(person, body, _("Only an administrator of this body can set its logo and colour."))


def set_colour(person: Person, body: str, written: str, was: str) -> None:
    """Sets the colour of `body` (`#rrggbb`; empty: none of its own). `was`: the one that the person saw.

    Raises Problem with the field `accent`: `bad_colour` (422), `changed` (409); `forbidden` (403).
    """
    may_dress(person, body)
    accent = bodies.read_colour(written) if written.strip() else ""
    if accent is None:
        words = _("Write a colour as # and six digits or letters from a to f, for example #0b6e6e.")
        raise Problem("bad_colour", 422, words, field="accent")
    bodies.set_accent(body, accent, was)


def set_logo(person: Person | None, body: str, sent: reports.Upload, was: str) -> None:
    """Keeps a small PNG of the picture that is sent: its first frame, upright, on white, with nothing else of the file.

    `was`: the mark of the logo that the person saw; `person` None: the operator. Raises Problem with the field `logo`:
    `logo_too_large` (413), `not_a_photo` (415), `logo_too_small`, `logo_too_long`, `logo_too_pale` or what
    `reports.small_picture` raises (422), `changed` (409), `busy` (503); `forbidden` (403).
    """
    may_dress(person, body)
    content = sent.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise _refused("logo_too_large", 413, _("A logo may have at most 5 MB. Choose a smaller file."))
    try:
        small, size = reports.small_picture(content, EDGE)
    except Problem as problem:
        raise Problem(problem.code, problem.status, problem.detail, field="logo", extra=problem.extra) from None
    _check(small, size)
    out = io.BytesIO()
    small.quantize(COLOURS, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    bodies.set_logo(body, out.getvalue(), small.size, was)


def end_logo(person: Person, body: str, was: str) -> None:
    """Takes the logo away. Raises Problem `changed` (409), `forbidden` (403)."""
    may_dress(person, body)
    bodies.set_logo(body, b"", (0, 0), was)


def _check(small: Image.Image, size: tuple[int, int]) -> None:
    if max(size) < LEAST:
        raise _refused("logo_too_small", 422, _("This picture is too small: a logo has 32 pixels or more."))
    if max(small.size) > LONGEST * min(small.size):
        raise _refused("logo_too_long", 422, _("This picture is too long and thin for a logo."))
    if all(channel.histogram()[: PALEST + 1] == [0] * (PALEST + 1) for channel in small.convert("RGB").split()):
        words = _("On white nothing of this logo can be seen. Choose the one that is made for a light ground.")
        raise _refused("logo_too_pale", 422, words)


def _refused(code: str, status: int, words: Words) -> Problem:
    return Problem(code, status, words, field="logo")
