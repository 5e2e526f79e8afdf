"""What maps load besides pages: the style, the file with the streets, streets of OpenStreetMap, still pictures."""

from __future__ import annotations

import re

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.templatetags.static import static
from django.utils.cache import patch_cache_control
from django.utils.translation import get_language
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import condition, require_safe

from kentongan import basemap
from kentongan.basemap.tiles import corner
from kentongan.foundation import rates
from kentongan.foundation.problems import Problem
from kentongan.places.ground import ground

FILE, PICTURE, STREETS = "/map/basemap.pmtiles", "image/png", 14
A_DAY, A_YEAR, AN_HOUR = 86_400, 31_536_000, 3600  # seconds
LARGEST, SMALLEST = 1280, 32  # pixels of a side of a picture
PICTURES_PER_MINUTE = 60  # for one address: a page shows one, a list of reports twenty


@gzip_page
@require_safe
def style(request: HttpRequest) -> HttpResponse:
    """The MapLibre style of our own map; 404 where no map is loaded. `theme` is light or dark, `lang` id or en."""
    file = basemap.archive()
    if file is None:
        raise Http404
    theme, language = request.GET.get("theme", "light"), request.GET.get("lang", get_language() or "id")
    if theme not in basemap.THEMES or language not in basemap.LANGUAGES:
        raise Http404
    # The state of the file is part of its address: so browsers may keep it for long, and a new one is seen at once.
    state = file.etag.strip('"')
    address = request.build_absolute_uri(f"{FILE}?of={state}")
    answer = JsonResponse(basemap.style(theme, language, address, request.build_absolute_uri(static("vendor/"))))
    # Without `lang` it speaks the language of who asks, which a shared cache does not know.
    patch_cache_control(answer, max_age=300, **{"public" if "lang" in request.GET else "private": True})
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


@require_safe
def file(request: HttpRequest) -> HttpResponseBase:
    """The PMTiles file, or the range of its bytes that is asked for (RFC 9110, 14)."""
    found = basemap.archive()
    if found is None:
        raise Http404
    is_this = request.GET.get("of") == found.etag.strip('"')  # under the address of another state nothing is kept long
    headers = {
        "ETag": found.etag, "Accept-Ranges": "bytes", "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "ETag, Content-Range",
        "Cache-Control": f"public, max-age={A_YEAR if is_this else 300}{', immutable' if is_this else ''}",
    }  # fmt: skip
    if found.etag in request.headers.get("If-None-Match", ""):
        return HttpResponse(status=304, headers=headers)
    wanted = request.headers.get("Range", "")
    if request.headers.get("If-Range", found.etag) != found.etag:
        wanted = ""  # of another state of the file: all of it then
    part = _range(wanted, found.size)
    start, end = part or (0, found.size - 1)
    if start >= found.size or start > end:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{found.size}"})
    headers["Content-Length"] = str(end - start + 1)
    headers["Content-Type"] = "application/vnd.pmtiles"
    if part:
        headers["Content-Range"] = f"bytes {start}-{end}/{found.size}"
    status = 206 if part else 200
    if request.method == "HEAD":
        return HttpResponse(status=status, headers=headers)
    return StreamingHttpResponse(found.read(start, end), status=status, headers=headers)


@gzip_page
@require_safe
def streets(request: HttpRequest, x: int, y: int) -> HttpResponse:
    """The streets of a tile of zoom 14 as GeoJSON, from OpenStreetMap's data; for maps without a file of their own."""
    if not (0 <= x < 2**STREETS and 0 <= y < 2**STREETS):
        raise Http404
    known, features = ground(), []
    if known is not None:
        west, north = corner(x, y, STREETS)
        east, south = corner(x + 1, y + 1, STREETS)
        half = float(east - west) / 2, float(north - south) / 2
        names, shapes, _levels = known.streets(float(west + east) / 2, float(north + south) / 2, *half)
        features = [
            {"type": "Feature", "properties": {"name": name}, "geometry": {"type": "LineString", "coordinates":
             [[round(lon, 5), round(lat, 5)] for lon, lat in shape.coords]}}
            for name, shape in zip(names, shapes, strict=True)
            if shape.geom_type == "LineString"
        ]  # fmt: skip
    answer = JsonResponse({"type": "FeatureCollection", "features": features})
    patch_cache_control(answer, public=True, max_age=A_DAY if features else 300)
    return answer


def _state(_request: HttpRequest, **_view: object) -> str:
    return f'"{basemap.state()}"'


@require_safe
@condition(etag_func=_state)
def still(request: HttpRequest, zoom: int, point: str, size: str) -> HttpResponse:
    """A still picture of the map as PNG: `zoom` as of tiles with 256 pixels, `point` is `lon,lat` in degrees, `size`
    `WIDTHxHEIGHT` in pixels; with `?pin=1` a pin stands in its middle."""
    view = _view(zoom, point, size)
    try:
        rates.spend(f"map-picture/{rates.address(request)}", PICTURES_PER_MINUTE, 60)
        content = basemap.picture(view, pin=bool(request.GET.get("pin")))
    except Problem as problem:
        answer = HttpResponse(str(problem.detail), status=problem.status, content_type="text/plain; charset=utf-8")
        answer["Retry-After"] = str(problem.extra.get("retry_after", 2))
        return answer
    answer = HttpResponse(content, content_type=PICTURE)
    patch_cache_control(answer, public=True, max_age=A_DAY)
    return answer


def _view(zoom: int, point: str, size: str) -> basemap.View:
    """Raises Http404 for what is no picture of this earth."""
    place = re.fullmatch(r"(-?\d{1,3}(?:\.\d{1,7})?),(-?\d{1,2}(?:\.\d{1,7})?)", point, re.ASCII)
    sides = re.fullmatch(r"(\d{2,4})x(\d{2,4})", size, re.ASCII)
    if place is None or sides is None or not 0 <= zoom <= 20:
        raise Http404
    lon, lat = round(float(place[1]), 5), round(float(place[2]), 5)
    width, height = int(sides[1]), int(sides[2])
    if abs(lon) > 180 or abs(lat) > 85 or not all(SMALLEST <= one <= LARGEST for one in (width, height)):
        raise Http404
    return basemap.View(zoom, lon, lat, width, height)


def _range(wanted: str, size: int) -> tuple[int, int] | None:
    """First and last byte; None where no single range is asked for: all of the file then, as the standard allows."""
    told = re.fullmatch(r"bytes=([0-9]{0,15})-([0-9]{0,15})", wanted.strip())
    if told is None or not (told[1] or told[2]):
        return None
    if not told[1]:
        return max(0, size - int(told[2])), size - 1 if int(told[2]) else -1
    return int(told[1]), min(int(told[2]) if told[2] else size - 1, size - 1)
