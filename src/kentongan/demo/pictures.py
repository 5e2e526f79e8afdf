"""Drawn pictures that stand in for photos: a street before and after, marked as demonstration."""

from __future__ import annotations

import io
from random import Random

from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT = 1200, 900


def picture(seed: int, *, after: bool) -> io.BytesIO:
    """A JPEG of an invented street; each seed looks different, so that no picture seems used twice."""
    chance = Random(seed * 2 + after)  # noqa: S311  a drawing, not a secret
    image = Image.new("RGB", (WIDTH, HEIGHT))
    draw = ImageDraw.Draw(image)
    horizon = chance.randint(300, 460)
    _sky(draw, horizon, chance)
    _houses(draw, horizon, chance)
    _road(draw, horizon, chance)
    (_repair if after else _damage)(draw, horizon, chance)
    image = image.filter(ImageFilter.BoxBlur(1))
    ImageDraw.Draw(image).text((24, HEIGHT - 44), "gambar peragaan · demonstration", fill="#ffffff", font_size=24)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    out.seek(0)
    return out


def _sky(draw: ImageDraw.ImageDraw, horizon: int, chance: Random) -> None:
    top = chance.choice([(126, 170, 204), (166, 178, 190), (222, 176, 132)])
    for y in range(horizon):
        share = y / horizon
        draw.line([(0, y), (WIDTH, y)], fill=tuple(int(part + (240 - part) * share) for part in top))
    draw.rectangle([0, horizon, WIDTH, HEIGHT], fill=chance.choice(["#7d8f69", "#8a8475", "#6f8466"]))


def _houses(draw: ImageDraw.ImageDraw, horizon: int, chance: Random) -> None:
    at = -40
    while at < WIDTH:
        wide, high = chance.randint(110, 260), chance.randint(90, 260)
        wall = chance.choice(["#d9c7a7", "#c4d2d6", "#e2b8a0", "#b9c7a8", "#efe6d2"])
        draw.rectangle([at, horizon - high, at + wide, horizon + 30], fill=wall)
        draw.polygon(
            [(at - 12, horizon - high), (at + wide // 2, horizon - high - 70), (at + wide + 12, horizon - high)],
            fill=chance.choice(["#9c4a33", "#7b3f31", "#5f5149"]),
        )
        for window in range(at + 24, at + wide - 40, 64):
            draw.rectangle([window, horizon - high + 34, window + 32, horizon - high + 78], fill="#5c7280")
        at += wide + chance.randint(10, 70)


def _road(draw: ImageDraw.ImageDraw, horizon: int, chance: Random) -> None:
    middle = chance.randint(480, 720)
    draw.polygon(
        [(middle - 60, horizon + 20), (middle + 60, horizon + 20), (middle + 620, HEIGHT), (middle - 620, HEIGHT)],
        fill=chance.choice(["#55585b", "#606060", "#4d5157"]),
    )
    for y in range(horizon + 60, HEIGHT, 110):
        wide = 4 + (y - horizon) // 40
        draw.rectangle([middle - wide, y, middle + wide, y + 50], fill="#e8e6dc")


def _damage(draw: ImageDraw.ImageDraw, horizon: int, chance: Random) -> None:
    for _ in range(chance.randint(2, 4)):
        x, y = chance.randint(380, 820), chance.randint(horizon + 170, HEIGHT - 130)
        wide = chance.randint(70, 190)
        draw.ellipse([x - wide, y - wide // 3, x + wide, y + wide // 3], fill="#3a352f")
        draw.ellipse([x - wide + 22, y - wide // 3 + 14, x + wide - 30, y + wide // 3 - 6], fill="#6b5c49")


def _repair(draw: ImageDraw.ImageDraw, horizon: int, chance: Random) -> None:
    x, y = chance.randint(420, 780), chance.randint(horizon + 200, HEIGHT - 140)
    wide = chance.randint(140, 240)
    draw.polygon(
        [(x - wide, y - 50), (x + wide, y - 60), (x + wide + 40, y + 70), (x - wide - 40, y + 60)], fill="#2b2d2f"
    )
