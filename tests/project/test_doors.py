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
WIDE = {"Any", "object", inspect.Parameter.empty}
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


# What takes anything by what it is: hears Django's signals, takes fields or options of Django's, or is a class of a
# library without types. A function that `lru_cache` keeps is one more: foundation/remembering.py is in its place
# everywhere but in front, which imports no room.
TAKES_ANYTHING = {
    "kentongan.cli.serving.Server", "kentongan.emergency.posts.changed", "kentongan.emergency.watching.awake",
    "kentongan.foundation.connections._TimedTLS", "kentongan.foundation.mail.Server",
    "kentongan.front.streams._written", "kentongan.notify.keeping.KeepingBackend",
    "kentongan.notify.phones.password_changed", "kentongan.notify.storing.StoringBackend",
    "kentongan.people.providers.Providers", "kentongan.people.sessions.stop_listening",
    "kentongan.people.signing_in.Adapter", "kentongan.people.signing_in.SignUp", "kentongan.web.engine.environment",
    "kentongan.web.packed.PackedStatic",
}  # fmt: skip


def of_files() -> list[str]:
    """Every function and class of every file of every room, its own too, and of the files beside them."""
    found = []
    for path in sorted((ROOT / "src/kentongan").rglob("*.py")):
        if "migrations" not in path.parts:
            parts = path.relative_to(ROOT / "src").with_suffix("").parts
            module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            said = path.read_text(encoding="utf-8")
            found += [f"{module}.{name}" for name in re.findall(r"^(?:async def|def|class) (\w+)", said, re.M)]
    return found


def at_doors() -> list[str]:
    """Every function and class at a door."""
    found = [(room, name, getattr(import_module(room), name)) for room in ROOMS for name in offered(room)]
    return [f"{room}.{name}" for room, name, one in found if inspect.isroutine(one) or inspect.isclass(one)]


def test_a_wrong_call_of_any_function_of_any_room_is_refused_by_the_type_checker(tmp_path):
    calls = [*at_doors(), *of_files()]
    assert len(calls) > 5000
    lines = [f"import {module}" for module in sorted({one.rpartition(".")[0] for one in calls})]
    wrong = tmp_path / "wrong_calls.py"
    wrong.write_text("\n".join([*lines, *(f"{one}(nonsense=5)" for one in calls), ""]))
    env = os.environ | {"KENTONGAN_MODE": "test", "KENTONGAN_DATABASE": "", "MYPYPATH": "src"}
    command = [sys.executable, "-m", "mypy", "--config-file", "pyproject.toml", "--no-pretty", str(wrong)]
    said = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=540, check=False)
    refused = {int(line) - len(lines) - 1 for line in re.findall(r"wrong_calls\.py:(\d+): error", said.stdout)}
    taken = {one for at, one in enumerate(calls) if at not in refused}
    assert taken == TAKES_ANYTHING, said.stdout[-2000:] + said.stderr[-2000:]


# What somebody else has written and is read here, and what is written as it comes, of any kind.
OF_ANY_KIND = {
    "bodies.mark_of more", "catalogue.answer_words answer", "catalogue.known_only answers",
    "emergency.add_positions sent", "emergency.read_id value", "emergency.read_press sent", "places.read_age value",
    "warnings.spoken return",
}  # fmt: skip


def test_no_function_at_a_door_takes_or_gives_a_thing_of_any_kind():
    """mypy would let anything through there: a post where its key is meant, a list where an array is."""
    found = set()
    for one in at_doors():
        room, _dot, name = one.rpartition(".")
        function = getattr(import_module(room), name)
        if inspect.isroutine(function):
            signature = inspect.signature(function)
            kinds = {key: given.annotation for key, given in signature.parameters.items()}
            kinds["return"] = signature.return_annotation
            found |= {f"{one.removeprefix('kentongan.')} {key}" for key, kind in kinds.items() if kind in WIDE}
    assert found == OF_ANY_KIND


def test_the_places_where_the_type_checker_looks_away_are_few_and_say_what():
    found = [
        f"{path.name}: {line.strip()}"
        for path in sorted([*(ROOT / "src").rglob("*.py*"), *(ROOT / "bench").rglob("*.py")])
        if path.suffix in {".py", ".pyi"}
        for line in path.read_text(encoding="utf-8").splitlines()
        if "# type: ignore" in line
    ]
    assert len(found) <= IGNORES, "\n".join(found)
    assert [one for one in found if "# type: ignore[" not in one] == []
