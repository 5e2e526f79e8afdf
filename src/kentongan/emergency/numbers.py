"""Whom to call: the numbers of the whole country, from the packaged file. Local ones come with the page of numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.utils.translation import get_language

from kentongan.foundation.yaml_files import read_yaml

FILE = Path(__file__).with_name("numbers.yaml")


@dataclass(frozen=True)
class Number:
    """A number to call: its kind (emergency, police, fire, …), its name in both languages, source and ISO date."""

    kind: str
    number: str
    name_id: str
    name_en: str
    source: str
    checked: str

    @property
    def name(self) -> str:
        """In the reader's language."""
        return self.name_en if get_language() == "en" else self.name_id


def numbers(lon: float | None = None, lat: float | None = None) -> tuple[Number, ...]:
    """Whom to call at a place (WGS 84 degrees), 112 first. The place makes no difference yet: all are national."""
    return _national()


@lru_cache(maxsize=1)
def _national() -> tuple[Number, ...]:
    read = read_yaml(FILE.read_text(encoding="utf-8"))["numbers"]
    return tuple(
        Number(one["kind"], one["number"], one["id"], one["en"], one["source"], str(one["checked"])) for one in read
    )
