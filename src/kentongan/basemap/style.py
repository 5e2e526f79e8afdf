"""How the map looks: a MapLibre style (version 8) for the file of this installation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

import kentongan
from kentongan.foundation.remembering import remembered

THEMES = ("light", "dark")
LANGUAGES = ("id", "en")
FONT = "Plus Jakarta Sans"
# What script/build-frontend makes: layers from @protomaps/basemaps, fonts from Fontsource.
VENDOR = Path(kentongan.__file__).parent / "web/static/vendor"
ATTRIBUTION = '<a href="https://www.openstreetmap.org/copyright">© OpenStreetMap</a> · Protomaps'


def style(theme: str, language: str, file: str, fonts: str) -> dict[str, Any]:
    """The style for `theme` (`THEMES`) with labels in `language` (`LANGUAGES`).

    `file` is the address of the PMTiles file, `fonts` that of the folder with the fonts, ending with a stroke. Letters
    are drawn by the browser from those fonts (style property `font-faces`), icons by who shows the map: each layer
    names them as lucide does.
    """
    return {
        "version": 8,
        "name": f"Kentongan {theme}",
        "sources": {"basemap": {"type": "vector", "url": f"pmtiles://{file}", "attribution": ATTRIBUTION}},
        "font-faces": {
            FONT: [
                {"url": f"{fonts}plus-jakarta-sans-latin.woff2", "unicode-range": ["U+0000-00FF", "U+2000-22FF"]},
                {"url": f"{fonts}plus-jakarta-sans-latin-ext.woff2", "unicode-range": ["U+0100-02BA", "U+1E00-1E9F"]},
            ]
        },
        "layers": _layers(theme, language),
    }


@remembered(maxsize=len(THEMES) * len(LANGUAGES))
def _layers(theme: str, language: str) -> list[Any]:
    made: list[Any] = orjson.loads((VENDOR / "basemap" / f"{theme}-{language}.json").read_bytes())
    return made
