"""A built package holds all that an installation serves: both languages, the map, icons and fonts."""

from __future__ import annotations

import os
import shutil
import subprocess
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_wheel_speaks_indonesian_and_brings_its_own_front_end(tmp_path: Path) -> None:
    uv = shutil.which("uv", path=f"{ROOT / '.venv-uv/bin'}:{os.environ['PATH']}")
    assert uv
    subprocess.run([uv, "build", "--quiet", "--wheel", "--out-dir", str(tmp_path)], cwd=ROOT, check=True)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        held = set(wheel.namelist())
    source = ROOT / "src"
    texts = {path.relative_to(source).with_suffix(".mo").as_posix() for path in source.glob("kentongan/**/django.po")}
    assert texts <= held
    served = source.glob("kentongan/*/static/**/*")
    assert {path.relative_to(source).as_posix() for path in served if path.is_file()} <= held
    assert {"kentongan/places/gazetteer.csv.gz", "kentongan/routing/rules.yaml"} <= held
    doors = {path.relative_to(source).as_posix() for path in source.rglob("__init__.pyi")}
    assert len(doors) >= 10
    assert doors | {"kentongan/py.typed"} <= held  # the doors are read from them when the program runs, too
