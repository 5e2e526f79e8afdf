"""The one style sheet that pages load is its parts, whole and in order."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "script/build-frontend"
PARTS = ROOT / "src/kentongan/web/styles"
MOST_LINES = 250


def joined_from(folder: Path) -> Callable[[], str]:
    """What the build would join the parts in `folder` to."""
    made = runpy.run_path(str(BUILD))["style_sheet"]
    made.__globals__["STYLES"] = folder
    return made  # type: ignore[no-any-return]


def rules(text: str) -> list[str]:
    """The lines that say something, in order."""
    return [line.rstrip() for line in re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL).splitlines() if line.strip()]


def test_the_served_sheet_has_every_rule_of_every_part_once_and_in_order_and_no_comments() -> None:
    order = re.findall(r'"([a-z]+\.css)"', (PARTS / "kentongan.css").read_text())
    served = (ROOT / "src/kentongan/web/static/kentongan.css").read_text()
    assert len(order) >= 10
    assert rules(served) == [line for name in order for line in rules((PARTS / name).read_text())]
    assert served.count("{") == served.count("}")
    assert "/*" not in served
    assert "@import" not in served


def test_no_part_grows_out_of_sight() -> None:
    long = {
        path.name: lines for path in PARTS.glob("*.css") if (lines := len(path.read_text().splitlines())) > MOST_LINES
    }
    assert not long


@pytest.mark.parametrize("named", [["one.css"], ["one.css", "two.css", "three.css"], ["one.css", "one.css", "two.css"]])
def test_a_part_that_is_left_out_lost_or_named_twice_is_told(tmp_path: Path, named: list[str]) -> None:
    for name in ("one.css", "two.css"):
        (tmp_path / name).write_text("p {\n  margin: 0;\n}\n")
    (tmp_path / "kentongan.css").write_text("".join(f'@import "{name}";\n' for name in named))
    with pytest.raises(SystemExit, match=r"\.css"):
        joined_from(tmp_path)()


def test_the_build_makes_the_sheet_where_a_fresh_clone_has_none(tmp_path: Path) -> None:
    tracked = subprocess.run(["git", "ls-files", "src/kentongan/web"], cwd=ROOT, capture_output=True, check=True)
    assert b"static/kentongan.css" not in tracked.stdout
    program = f"import runpy, pathlib; m = runpy.run_path({str(BUILD)!r})['join_styles']\n"
    program += f"m.__globals__['STYLE_SHEET'] = pathlib.Path({str(tmp_path / 'kentongan.css')!r}); m(); m()"
    subprocess.run([sys.executable, "-c", program], check=True)
    assert [path.name for path in tmp_path.iterdir()] == ["kentongan.css"]
    assert (tmp_path / "kentongan.css").read_bytes() == (ROOT / "src/kentongan/web/static/kentongan.css").read_bytes()
