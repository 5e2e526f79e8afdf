"""One look: the styleguide shows every component in both languages, and nothing on it needs inline code."""

from __future__ import annotations

import math
import re

import pytest
from django.test import Client


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "word"), [("id", "Belum ada mitra"), ("en", "No partner yet")])
def test_states_are_colour_icon_and_word(client: Client, language: str, word: str) -> None:
    page = client.get("/styleguide", headers={"accept-language": language}).content.decode()
    assert f'<html lang="{language}"' in page
    badge = re.search(r'<span class="status is-no_partner">(.*?)</span>', page)
    assert badge is not None
    assert word in badge.group(1)
    assert "icons.svg#unlink" in badge.group(1)


@pytest.mark.django_db
def test_no_inline_script_or_style(client: Client) -> None:
    page = client.get("/styleguide").content.decode()
    assert "<style" not in page
    assert " style=" not in page
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert not re.search(r"\son[a-z]+=", page)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _tokens() -> list[dict[str, str]]:
    from django.contrib.staticfiles import finders

    with open(finders.find("kentongan.css")) as sheet:  # noqa: PTH123
        text = sheet.read()
    blocks = re.findall(r":root \{(.*?)\}", text, re.DOTALL)
    return [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", _long(block))) for block in blocks]


def _long(block: str) -> str:
    return re.sub(r"#([0-9a-f])([0-9a-f])([0-9a-f])(?![0-9a-f])", r"#\1\1\2\2\3\3", block)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_meets_the_contrast_of_wcag(theme: int) -> None:
    tokens = _tokens()[theme]
    pairs = [("on-state", state) for state in ("waiting", "in_process", "done", "no_partner", "closed")]
    pairs += [("ink", "paper"), ("ink", "card"), ("soft", "card"), ("soft", "sunk"), ("sea", "card")]
    pairs += [
        ("sea", "paper"),
        ("on-sea", "sea"),
        ("teak", "card"),
        ("error", "error-wash"),
        ("error", "card"),
    ]
    for one, other in pairs:
        assert _contrast(tokens[one], tokens[other]) >= 4.5, (one, other)


# Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB.
_SEEN = {
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
JUST_DIFFERENT = 8.0  # CIE76; about 2.3 is the least that people notice


def _linear(colour: str) -> list[float]:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]


def _lab(linear: list[float]) -> tuple[float, float, float]:
    red, green, blue = (min(1.0, max(0.0, part)) for part in linear)
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883
    fx, fy, fz = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("sight", _SEEN)
def test_states_differ_for_every_colour_vision(theme: int, sight: str) -> None:
    tokens, states = _tokens()[theme], ("waiting", "in_process", "done", "no_partner", "closed")
    seen = {}
    for state in states:
        linear = _linear(tokens[state])
        seen[state] = _lab([sum(k * part for k, part in zip(row, linear, strict=True)) for row in _SEEN[sight]])
    for at, one in enumerate(states):
        for other in states[at + 1 :]:
            away = math.dist(seen[one], seen[other])
            assert away >= JUST_DIFFERENT, (one, other, round(away, 1))
