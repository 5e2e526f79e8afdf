"""What dresses the pages of a body: its logo, and a sheet of style with its colour by day and by night.

The address of a sheet is the colour itself, so that nothing is looked up for it; that of a logo has the mark of its
bytes.
"""

from __future__ import annotations

from hashlib import sha256

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_cache_control
from django.views.decorators.http import require_safe

from kentongan import bodies
from kentongan.foundation.remembering import remembered

A_YEAR, A_DAY, SOON = 31_536_000, 86_400, 300  # seconds


def addresses(look: bodies.Look) -> dict[str, str]:
    """`css`, the address of a body's colour, and `logo`, that of its logo; empty for none."""
    logo = f"{reverse('body_logo', args=[look.of])}?of={look.logo}" if look.logo else ""
    return {"css": reverse("colour", args=[look.accent[1:]]) if look.accent else "", "logo": logo}


@require_safe
def logo(request: HttpRequest, code: str) -> HttpResponse:
    """The logo of the body (PNG); under the mark of another than today's it is kept for minutes only."""
    found = bodies.logo(code) if bodies.snapshot().body(code) else None
    if found is None:
        raise Http404
    answer = HttpResponse(bytes(found.content), content_type="image/png")
    return _kept(request, answer, found.mark, A_YEAR if request.GET.get("of") == found.mark else SOON)


@require_safe
def colour(request: HttpRequest, colour: str) -> HttpResponse:
    """The sheet of one colour, written as six digits."""
    if bodies.read_colour(colour) != f"#{colour}":
        raise Http404
    sheet = _sheet(f"#{colour}")
    answer = HttpResponse(sheet, content_type="text/css; charset=utf-8")
    # How a colour is made readable may change with a version of ours: for a day nobody asks again, for no longer.
    return _kept(request, answer, sha256(sheet).hexdigest()[:16], A_DAY)


@remembered(maxsize=256)
def _sheet(accent: str) -> bytes:
    day, night = _rule(bodies.shades(accent, bodies.DAY)), _rule(bodies.shades(accent, bodies.NIGHT))
    return f"{day}@media (prefers-color-scheme: dark) {{\n{night}}}\n".encode()


def _rule(shades: bodies.Shades) -> str:
    said = {
        "--sea": shades.sea, "--sea-deep": shades.deep, "--on-sea": shades.on_sea, "--sea-wash": shades.wash,
        "--focus": shades.deep, "--body": shades.sea, "--top": "4px",
    }  # fmt: skip
    return ":root {\n" + "".join(f"  {name}: {value};\n" for name, value in said.items()) + "}\n"


def _kept(request: HttpRequest, answer: HttpResponse, mark: str, seconds: int) -> HttpResponse:
    """With how long it may be kept; nothing but that where the browser has these bytes."""
    answer["ETag"] = f'"{mark}"'
    answer["X-Content-Type-Options"] = "nosniff"
    patch_cache_control(answer, public=True, max_age=seconds)
    told = get_conditional_response(request, etag=answer["ETag"], response=answer)
    return answer if told is None else told
