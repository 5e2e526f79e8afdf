"""What a built package needs and git does not keep: compiled translations, and the front end as the pages load it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

STYLE = "src/kentongan/web/static"


class PackageContents(BuildHookInterface):
    """A wheel holds all that it serves; an editable installation takes it from the checkout."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compiles the translations. Raises FileNotFoundError where the front end has not been built."""
        if version == "editable":
            return
        root = Path(self.root)
        if not all((root / STYLE / made).exists() for made in ("vendor/.built-from", "kentongan.css")):
            raise FileNotFoundError("The front end is not built yet: run script/setup first, then build the package.")
        for text in root.glob("src/kentongan/*/locale/*/LC_MESSAGES/django.po"):
            compile_text(text)
        build_data["artifacts"] += ["*.mo", f"/{STYLE}/vendor/**", f"/{STYLE}/kentongan.css", "*.gz", "*.br"]


def compile_text(text: Path) -> None:
    """Writes the .mo beside a .po, at once: a program that runs from this checkout may read it at any moment."""
    target, draft = text.with_suffix(".mo"), text.with_suffix(f".{os.getpid()}.new")
    with text.open("rb") as source, draft.open("wb") as compiled:
        write_mo(compiled, read_po(source, domain="django"))
    draft.replace(target)
