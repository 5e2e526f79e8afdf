"""The scripts pass on what they were told, and nothing else: tried on a copy whose program only says its arguments."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def demo(tmp_path):
    """Runs script/demo of a checkout whose `kentongan` prints one argument a line."""
    for name, text in (("script/setup", "true"), (".venv/bin/kentongan", 'printf "<%s>\\n" "$@"')):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
    shutil.copy(ROOT / "script/demo", tmp_path / "script/demo")

    def run(*arguments: str) -> list[str]:
        done = subprocess.run([tmp_path / "script/demo", *arguments], capture_output=True, text=True, check=True)
        return done.stdout.split()

    return run


@pytest.mark.parametrize(
    ("given", "passed"),
    [
        ([], ["demo", "start", "--port", "8000"]),
        (["--no-open"], ["demo", "start", "--port", "8000", "--no-open"]),
        (["--real", "--port=8001"], ["demo", "start", "--port", "8001", "--real"]),
        (["--network", "--no-open"], ["demo", "network", "--port", "8000"]),
        (["--no-open", "--network", "--fast"], ["demo", "network", "--port", "8000", "--fast"]),
        (["--port=8100", "--network", "--once", "--no-open"], ["demo", "network", "--port", "8100", "--once"]),
    ],
)
def test_the_demo_is_started_with_what_was_asked_and_no_empty_argument(demo, given, passed):
    assert demo(*given) == [f"<{word}>" for word in passed]


@pytest.fixture
def tests(tmp_path):
    """Runs script/test of a checkout whose programs only say their names and arguments, one line a call."""
    said = tmp_path / "said"
    text = f'#!/bin/sh\n[ "$1" = -c ] || echo "${{0##*/}} $*" >> {said}\n'
    programs = ("ruff", "djlint", "mypy", "lint-imports", "python", "coverage", "cc")
    for name in (
        *(f".venv/bin/{one}" for one in programs),
        "script/setup",
        "script/check-frontend",
        "script/audit-packages",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
    shutil.copy(ROOT / "script/test", tmp_path / "script/test")
    (tmp_path / "tests/__pycache__").mkdir(parents=True)  # the tests have run here before

    def run(*arguments: str) -> list[str]:
        # Ctrl-C is heard also where a shell around this ignores it, as for what runs in its background.
        command = ["env", "--default-signal=INT", tmp_path / "script/test", *arguments]
        subprocess.run(command, capture_output=True, check=True, timeout=60)
        return said.read_text().splitlines()

    return run


@pytest.mark.parametrize(
    ("given", "passed"),
    [
        ((), ""),
        (("tests/cli",), " tests/cli"),
        (("--random", "7", "tests/cli"), " -p randomly --randomly-seed=7 tests/cli"),
        (("--random", "tests/cli"), " -p randomly tests/cli"),
        (("--at", "2028-02-28 23:50 +07", "tests/cli"), " tests/cli"),
        (("--at", "Sunday", "--random", "tests/cli"), " -p randomly tests/cli"),
        (("--coverage", "tests/cli"), " tests/cli"),
    ],
)
def test_the_tests_are_given_what_was_asked_for(tests, given, passed):
    said = tests(*given)
    runs = (line for line in said if " pytest " in line)
    first, second = sorted(runs, key=lambda line: " -m not browser" in line)  # begun at the same time
    assert first.endswith(f"--create-db{passed}")
    assert second.endswith(f"-m not browser and not once{passed}")
    measured = "--coverage" in given
    assert first.startswith("coverage run" if measured else "python ")
    gates = {"ruff", "djlint", "mypy", "lint-imports", "check-frontend", "audit-packages"}
    assert gates & {line.split()[0] for line in said} == (set() if measured else gates)


def test_on_a_new_machine_one_process_compiles_the_tests_before_the_others_begin(tests, tmp_path):
    (tmp_path / "tests/__pycache__").rmdir()
    runs = [line for line in tests("tests/cli") if " pytest " in line]
    assert runs[0] == "python -m pytest -q --collect-only tests/cli"
    assert len(runs) == 3


def test_who_stops_the_tests_stops_those_of_the_other_database_too(tests, tmp_path):
    said, begun = tmp_path / "said", tmp_path / "begun"  # what runs beside them writes into the first at any time
    (tmp_path / ".venv/bin/python").write_text(f"""#!/bin/sh
case "$*" in
  *"not browser"*) trap 'echo ended >> {said}; exit' TERM; touch {begun}; sleep 9 & wait ;;
  *pytest*) until [ -e {begun} ]; do sleep 0.01; done; kill -INT $PPID ;;
esac
""")
    for name in ("ruff", "djlint", "mypy", "lint-imports"):
        (tmp_path / ".venv/bin" / name).write_text("#!/bin/sh\n")
    (tmp_path / "script/setup").write_text("#!/bin/sh\n")
    with pytest.raises(subprocess.CalledProcessError) as stopped:
        tests()
    assert stopped.value.returncode == 130
    assert "ended" in said.read_text().splitlines()


def test_a_known_weakness_of_a_package_is_told_and_fails_all_when_the_tests_are_done(tests, tmp_path):
    audit = tmp_path / "script/audit-packages"
    audit.write_text("#!/bin/sh\necho weak\nexit 1\n")
    with pytest.raises(subprocess.CalledProcessError) as failed:
        tests()
    assert b"weak\nran: " in failed.value.stdout
    assert len([line for line in (tmp_path / "said").read_text().splitlines() if " pytest " in line]) == 2


def test_mutation_testing_is_given_its_room_and_nothing_else_runs(tests):
    assert tests("--mutate", "reports", "states")[1:] == ["python -m tests.mutating reports states"]


def test_no_process_of_the_tests_compiles_what_another_has_compiled(tmp_path: Path) -> None:
    (tmp_path / "imported.py").write_text("")
    subprocess.run([sys.executable, "-c", "import imported"], cwd=tmp_path, check=True)
    assert list((tmp_path / "__pycache__").glob("imported.*.pyc"))
