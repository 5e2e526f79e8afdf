"""Mutation testing of one room: `script/test --mutate ROOM [MODULE...]`.

mutmut changes one thing at a time in the modules that pyproject.toml names for the room (`tool.kentongan.mutation`) and
runs those of the tests named there that reach the changed function; a change that no test notices survives. Each module
has a copy of the checkout in `.mutate`. A repeat asks again only for what survived or has changed since.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

ROOT = Path(__file__).parents[1]
COPIES = ROOT / ".mutate"
COPIED = ("src", "tests", "docs", "script")  # what the tests read of a checkout
KILLED = {1, 3, 36, -24, 24, 152, 255}  # a test failed or could not be run; the rest are mutmut's for "took too long"
WORDS = {0: "survived", 33: "no test reaches it", None: "not tried"}
# mutmut runs pytest many times in one process: what is written must not go to a stream that an earlier run has closed.
PYTEST = ["-s", "-p", "no:cacheprovider", "-m", "not browser and not country"]

Results = dict[str, int | None]  # by the name of a mutant: how its tests ended


def main(room: str, only: list[str]) -> int:
    """Tries the mutants of `only`, or of every module named for the room; 0 where all could be tried."""
    named: dict[str, list[str]] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["kentongan"][
        "mutation"
    ].get(room, {})
    if not named or set(only) - set(named):
        print(f"pyproject.toml names these modules of {room}: {', '.join(named) or 'none'}", file=sys.stderr)
        return 2
    print("| module | killed | all | share |\n| --- | --- | --- | --- |", flush=True)
    faults = [module for module in only or named if not _mutate(f"src/kentongan/{room}/{module}.py", named[module])]
    for path in faults:
        print(f"{path}: not all could be tried, see the log in {COPIES.name}/", file=sys.stderr)
    print(f"What survived is in {COPIES.name}/{room}-*/survivors.diff")
    return 1 if faults else 0


def _mutate(path: str, tests: list[str]) -> bool:
    """Tries all mutants of one module and prints its figures; False where some could not be tried."""
    name = path.removeprefix("src/kentongan/")
    copy = COPIES / name.removesuffix(".py").replace("/", "-")
    _prepare(copy, path, tests)
    with (copy / "log").open("w") as log:  # one at a time: the tests bring processes and threads of their own
        environment = {**os.environ, "KENTONGAN_DATA": str(copy / "data")}
        command = ["mutmut", "run", "--max-children", "1"]
        done = subprocess.run(command, cwd=copy, env=environment, stdout=log, stderr=log).returncode
    results = _results(copy, path)
    killed = sum(code in KILLED for code in results.values())
    share = f"{100 * killed / len(results):.1f} %" if results else "–"
    print(f"| `{name}` | {killed} | {len(results)} | {share} |", flush=True)
    (copy / "survivors.diff").write_text("".join(_changes(copy, path, results)))
    return not done and None not in results.values()


def _prepare(copy: Path, path: str, tests: list[str]) -> None:
    """Makes the copy and its settings; keeps only the mutants of before and which of them were killed."""
    mutants = copy / "mutants"
    mutants.mkdir(parents=True, exist_ok=True)
    for name, target in {**{name: name for name in COPIED}, "conftest.py": "tests/mutant.py"}.items():
        if not (copy / name).is_symlink():
            (copy / name).symlink_to(ROOT / target)
    settings = {
        "source_paths": ["src"],
        "only_mutate": [path],
        "also_copy": ["docs", "script", "conftest.py"],
        "pytest_add_cli_args": PYTEST,
        "pytest_add_cli_args_test_selection": tests,
        "timeout_constant": 6.0,  # seconds more than the tests took, before the factor: a busy machine kills no mutant
        "timeout_multiplier": 10.0,
        "track_dependencies": False,
        "use_git_change_detection": False,
    }
    written = "\n".join(f"{name} = {json.dumps(value)}" for name, value in settings.items())
    (copy / "pyproject.toml").write_text(f"{(ROOT / 'pyproject.toml').read_text()}\n[tool.mutmut]\n{written}\n")
    shutil.rmtree(copy / "data", ignore_errors=True)
    kept = {mutants / path, mutants / f"{path}.meta", mutants / f"{path}.spans"}
    for file in [one for one in mutants.rglob("*") if one.is_file() and one not in kept]:
        file.unlink()
    known = mutants / f"{path}.meta"
    if known.exists():  # who survived is asked again: a new test may tell now
        data = json.loads(known.read_text())
        was: Results = data["exit_code_by_key"]
        data["exit_code_by_key"] = {name: code if code in KILLED else None for name, code in was.items()}
        known.write_text(json.dumps(data))


def _results(copy: Path, path: str) -> Results:
    known = copy / "mutants" / f"{path}.meta"
    results: Results = json.loads(known.read_text())["exit_code_by_key"] if known.exists() else {}
    return results


def _changes(copy: Path, path: str, results: Results) -> Iterator[str]:
    """What each survivor changes, as lines to read."""
    from mutmut.mutation.diff_apply import get_diff_for_mutant

    with chdir(copy):  # mutmut reads its files from where it ran
        for name in [name for name, code in results.items() if code not in KILLED]:
            code = results[name]
            lines = get_diff_for_mutant(name, path=path).splitlines()
            changed = [line for line in lines if line[:1] in ("+", "-") and line[:3] not in ("+++", "---")]
            yield "\n".join([f"# {name}: {WORDS.get(code, f'exit code {code}')}", *changed, "", ""])


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("script/test --mutate ROOM [MODULE...]")
    sys.exit(main(sys.argv[1], sys.argv[2:]))
