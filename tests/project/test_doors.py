"""The doors of the rooms: what stands at one is there, and a wrong call across it is refused before anything runs."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import kentongan

ROOT = Path(__file__).parents[2]
DOORS = sorted(stub.parent for stub in Path(kentongan.__file__).parent.rglob("__init__.pyi"))
ROOMS = [".".join(("kentongan", *door.relative_to(Path(kentongan.__file__).parent).parts)) for door in DOORS]
IGNORES = 13  # places where mypy is told to look away, each with its code and why; this number only goes down


def offered(room: str) -> list[str]:
    return list(import_module(room).__all__)


@pytest.mark.parametrize("room", ROOMS)
def test_every_name_at_a_door_is_there(room):
    module = import_module(room)
    assert [name for name in offered(room) if not hasattr(module, name)] == []
    assert set(offered(room)) <= set(dir(module))
    with pytest.raises(AttributeError):
        _ = module.nobody_has_this_name


@pytest.mark.parametrize("room", ROOMS)
def test_a_file_of_a_room_hides_no_name_at_its_door(room):
    """Once the file is imported, others would get it where they ask for the name of another file."""
    files = {path.stem for path in Path(str(import_module(room).__file__)).parent.glob("*.py")}
    for name in files.intersection(offered(room)):
        import_module(f"{room}.{name}")
        assert not inspect.ismodule(getattr(import_module(room), name)), name


def test_the_rooms_that_others_call_have_a_door():
    assert {"bodies", "casework", "catalogue", "insights", "network", "notify", "places", "reports", "routing"} <= {
        room.split(".")[1] for room in ROOMS
    }


def test_a_wrong_call_of_any_function_of_any_room_is_refused_by_the_type_checker(tmp_path):
    lines = [f"import {room}" for room in ROOMS]
    calls = []
    for room in ROOMS:
        for name in offered(room):
            if inspect.isroutine(getattr(import_module(room), name)):
                lines.append(f"{room}.{name}(nonsense=5)")
                calls.append((len(lines), f"{room}.{name}"))
    wrong = tmp_path / "wrong_calls.py"
    wrong.write_text("\n".join(lines) + "\n")
    env = os.environ | {"KENTONGAN_MODE": "test", "KENTONGAN_DATABASE": "", "MYPYPATH": "src"}
    command = [sys.executable, "-m", "mypy", "--config-file", "pyproject.toml", "--no-pretty", str(wrong)]
    said = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=540, check=False)
    refused = {int(line) for line in re.findall(r"wrong_calls\.py:(\d+): error", said.stdout)}
    assert len(calls) > 100
    assert [name for line, name in calls if line not in refused] == [], said.stdout[-2000:] + said.stderr[-2000:]


def test_the_places_where_the_type_checker_looks_away_are_few_and_say_what():
    found = [
        f"{path.name}: {line.strip()}"
        for path in sorted((ROOT / "src").rglob("*.py"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if "# type: ignore" in line
    ]
    assert len(found) <= IGNORES, "\n".join(found)
    assert [one for one in found if "# type: ignore[" not in one] == []
