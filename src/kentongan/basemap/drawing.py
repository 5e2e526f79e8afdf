"""Small still pictures of the map, made by the server: for letters, print, share cards and pages without JavaScript."""

from __future__ import annotations

import io
import math
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import orjson
import shapely
from PIL import Image, ImageDraw, ImageFont
from shapely.geometry.base import BaseGeometry

from kentongan.basemap.scene import Scene, View, scene, state
from kentongan.basemap.style import VENDOR
from kentongan.foundation.problems import Problem
from kentongan.foundation.remembering import remembered

SCALE = 2  # drawn so much larger and made small again: edges become smooth, letters stay sharp
PATIENCE = 2.0  # seconds that a request waits for its turn
MOST_WAITING = 4  # requests, with the one whose turn it is: half of the threads that read pages (`front.answering`)
MOST_NAMES, LONGEST_NAME = 40, 40  # names; letters
# Widths in pixels at zoom 13 and 18 (tiles of 256 pixels); between and beyond they grow evenly.
WIDTHS = {
    "highway": (2.4, 14), "major": (1.8, 12), "minor": (0.7, 8), "path": (0.4, 1.5), "rail": (0.6, 2), "water": (1, 4),
    "boundary": (1, 1.5),
}  # fmt: skip
COLOURS = {"path": "casing", "rail": "railway", "boundary": "boundaries"}
PIN, PIN_LINE = "#0b6e6e", "#ffffff"
_one_at_a_time, _waiting = threading.BoundedSemaphore(1), threading.BoundedSemaphore(MOST_WAITING)


def picture(view: View, *, pin: bool) -> bytes:
    """The map of `view` as PNG, with a pin in its middle where one is wanted.

    Raises Problem `busy` (503) where it is not our turn in time: drawing takes up to a second of the processor. At once
    where several wait already: each of them holds a thread that pages need.
    """
    return _picture(view, pin, state())


def has_streets(view: View) -> bool:
    """Whether a street is to be seen on the map of `view`."""
    return _has_streets(scene(view))


def for_a_letter(view: View, most: int) -> bytes | None:
    """The map of `view` with a pin as PNG of at most so many bytes; None where no street is to be seen on it, or it is
    not to be had so small. Raises Problem `busy` as `picture` does."""
    with _turn(_one_at_a_time, PATIENCE):
        seen = scene(view)
        if not _has_streets(seen):
            return None
        content = _drawn(view, seen, True)
    for colours in (64, 24, 8):
        if len(content) <= most:
            return content
        out = io.BytesIO()
        fewer = Image.open(io.BytesIO(content)).convert("RGB").quantize(colours, dither=Image.Dither.NONE)
        fewer.save(out, "PNG", optimize=True)
        content = out.getvalue()
    return content if len(content) <= most else None


def _has_streets(seen: Scene) -> bool:
    return any(kind in {"highway", "major", "minor"} for kind, _shape in seen.lines)


@remembered(maxsize=64)
def _picture(view: View, pin: bool, _of: str) -> bytes:
    with _turn(_waiting, 0), _turn(_one_at_a_time, PATIENCE):
        return _drawn(view, scene(view), pin)


@contextmanager
def _turn(places: threading.BoundedSemaphore, patience: float) -> Iterator[None]:
    if not places.acquire(timeout=patience):
        raise Problem("busy", 503, "Other pictures are being drawn. Try again.", extra={"retry_after": 2})
    try:
        yield
    finally:
        places.release()


def _drawn(view: View, seen: Scene, pin: bool) -> bytes:
    image = Image.new("RGB", (view.width * SCALE, view.height * SCALE), _colours()["background"])
    pencil = ImageDraw.Draw(image)
    frame = shapely.box(-20, -20, view.width + 20, view.height + 20)
    for kind, shape in seen.areas:
        _fill(pencil, _clipped(shape, frame), _colours().get(kind, ""))
    lines = [(kind, _clipped(shape, frame)) for kind, shape in sorted(seen.lines, key=lambda one: _rank(one[0]))]
    for kind, shape in lines:
        if kind in {"highway", "major", "minor"}:
            _stroke(pencil, shape, _colours()["casing"], _width(kind, view.zoom) + 1.4)
    for kind, shape in lines:
        _stroke(pencil, shape, _colours()[COLOURS.get(kind, kind)], _width(kind, view.zoom))
    labels = _Labels(image, view)
    if pin:
        _pin(pencil, view)
        labels.taken.append(
            shapely.box(view.width / 2 - 14, view.height / 2 - 36, view.width / 2 + 14, view.height / 2)
        )
    if seen.owed:
        labels.owed(seen.owed)
    labels.places(seen.names)
    labels.streets((name, _clipped(shape, frame)) for name, shape in seen.streets)
    out = io.BytesIO()
    small = image.resize((view.width, view.height), Image.Resampling.LANCZOS)
    small.quantize(128, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


class _Labels:
    """Names on the picture, none on another."""

    def __init__(self, image: Image.Image, view: View) -> None:
        self.image, self.view = image, view
        self.taken: list[BaseGeometry] = []
        self._frame = shapely.box(0, 0, view.width, view.height)

    def owed(self, words: str) -> None:
        """Whom the map is owed to, in the lower right corner."""
        width, height = _font(9).getbbox(words)[2] / SCALE + 8, 14.0
        box = shapely.box(self.view.width - width, self.view.height - height, self.view.width, self.view.height)
        pencil = ImageDraw.Draw(self.image)
        pencil.rectangle([one * SCALE for one in box.bounds], fill=_colours()["halo"])
        pencil.text(
            ((self.view.width - width + 4) * SCALE, (self.view.height - height + 1) * SCALE), words,
            font=_font(9), fill=_colours()["soft"],
        )  # fmt: skip
        self.taken.append(box)

    def places(self, names: Iterable[tuple[str, float, float]]) -> None:
        """Names of quarters and towns at their points."""
        for name, x, y in names:
            self._write(_line(name), x, y, 0, _font(12), _colours()["words"])

    def streets(self, streets: Iterable[tuple[str, BaseGeometry]]) -> None:
        """Each street's name once, along its longest straight piece."""
        longest: dict[str, tuple[float, Any, Any]] = {}
        for name, shape in ((_line(name), shape) for name, shape in streets):
            for start, end in _segments(shape):
                length = math.dist(start, end)
                if length > longest.get(name, (0.0, None, None))[0]:
                    longest[name] = length, start, end
        ranked = sorted(longest.items(), key=lambda one: -one[1][0])
        for name, (length, start, end) in ranked[:MOST_NAMES]:
            if _font(10).getlength(name) / SCALE <= length * 1.3:
                angle = -math.degrees(math.atan2(end[1] - start[1], end[0] - start[0]))
                upright = angle - 180 if angle > 90 else angle + 180 if angle < -90 else angle
                for part in (0.5, 0.25, 0.75):
                    at = start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part
                    if self._write(name, *at, upright, _font(10), _colours()["soft"]):
                        break

    def _write(self, name: str, x: float, y: float, angle: float, font: Any, colour: str) -> bool:
        """False where it would lie on another name or reach beyond the picture."""
        _left, _top, right, bottom = font.getbbox(name, stroke_width=3)
        words = Image.new("RGBA", (int(right) + 8, int(bottom) + 8))
        ImageDraw.Draw(words).text((4, 4), name, font=font, fill=colour, stroke_width=3, stroke_fill=_colours()["halo"])
        turned = words.rotate(angle, expand=True, resample=Image.Resampling.BICUBIC)
        wide, high = turned.width / SCALE, turned.height / SCALE
        flat = shapely.box(x - right / 2 / SCALE, y - bottom / 2 / SCALE, x + right / 2 / SCALE, y + bottom / 2 / SCALE)
        box = shapely.affinity.rotate(flat, -angle)
        if not self._frame.contains(box) or any(box.intersects(one) for one in self.taken):
            return False
        self.taken.append(box)
        self.image.paste(turned, (int((x - wide / 2) * SCALE), int((y - high / 2) * SCALE)), turned)
        return True


def _line(name: str) -> str:
    """A name as it is written: one line of it, as the library draws no other, and no book."""
    return " ".join(name[: 10 * LONGEST_NAME].split())[:LONGEST_NAME]


def _clipped(shape: BaseGeometry, frame: BaseGeometry) -> BaseGeometry:
    """What of a shape is on the picture; a tile may hold rings that cross themselves."""
    try:
        return shapely.intersection(shape if shape.is_valid else shapely.make_valid(shape), frame)
    except shapely.errors.GEOSException:  # it makes no sense in any way
        return shapely.Point()


def _fill(pencil: ImageDraw.ImageDraw, shape: BaseGeometry, colour: str) -> None:
    if not colour:
        return
    for part in shapely.get_parts(shape):
        if part.geom_type == "Polygon" and not part.is_empty:
            # A hole cannot be left out by Pillow: the ring is led to the hole and back.
            ring = list(part.exterior.coords)
            for hole in part.interiors:
                ring += [*hole.coords, ring[0]]
            pencil.polygon([(x * SCALE, y * SCALE) for x, y in ring], fill=colour)


def _stroke(pencil: ImageDraw.ImageDraw, shape: BaseGeometry, colour: str, width: float) -> None:
    for part in shapely.get_parts(shape):
        if part.geom_type in {"LineString", "LinearRing"} and not part.is_empty:
            points = [(x * SCALE, y * SCALE) for x, y in part.coords]
            pencil.line(points, fill=colour, width=max(1, round(width * SCALE)), joint="curve")


def _segments(shape: BaseGeometry) -> Iterable[tuple[Any, Any]]:
    for part in shapely.get_parts(shape):
        if part.geom_type == "LineString":
            corners = list(shapely.simplify(part, 1.5).coords)
            yield from pairwise(corners)


def _pin(pencil: ImageDraw.ImageDraw, view: View) -> None:
    """A drop whose point stands on the middle of the picture."""
    x, y, radius = view.width / 2 * SCALE, view.height / 2 * SCALE, 11 * SCALE
    top = y - 2.2 * radius
    pencil.polygon([(x - radius * 0.86, top + radius * 0.5), (x + radius * 0.86, top + radius * 0.5), (x, y)], fill=PIN)
    pencil.ellipse([x - radius, top - radius, x + radius, top + radius], fill=PIN)
    pencil.ellipse([x - radius * 0.4, top - radius * 0.4, x + radius * 0.4, top + radius * 0.4], fill=PIN_LINE)


def _rank(kind: str) -> int:
    order = ("water", "boundary", "path", "rail", "minor", "major", "highway")
    return order.index(kind) if kind in order else 0


def _width(kind: str, zoom: int) -> float:
    near, far = WIDTHS[kind][1], WIDTHS[kind][0]
    return float(far * (near / far) ** ((min(zoom, 20) - 13) / 5))


@remembered(maxsize=8)
def _font(size: int) -> Any:
    return ImageFont.truetype(str(VENDOR / "plus-jakarta-sans-latin.woff2"), size * SCALE)


@remembered(maxsize=1)
def _colours() -> dict[str, str]:
    told: dict[str, str] = orjson.loads((VENDOR / "basemap/colours.json").read_bytes())
    return told
