"""Every command that a page shows is run as it stands there, in the order of the page, and does what it is for.

A page that shows a new command needs nothing here: it is run, and its page's test fails where it ends with a fault.
What a page takes for granted is made by `BEFORE`; addresses and keys of others are those of stand-ins on loopback.
"""

from __future__ import annotations

import base64
import gzip
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from http.server import ThreadingHTTPServer
from pathlib import Path

import osmium
import pytest
import requests
from click.testing import Result
from django.core.management.color import no_style
from django.db import connection, transaction
from typer.testing import CliRunner

from kentongan import bodies, network, routing
from kentongan.cli.commands import app_for
from kentongan.demo import accounts
from kentongan.foundation import heartbeat
from kentongan.foundation.config import config
from kentongan.network import leaving
from kentongan.network.dialects.kentongan import keyring
from kentongan.network.models import Peer
from kentongan.reports.models import Report
from tests import forking
from tests.basemap.town import write
from tests.instances import database, drop, until
from tests.lapor_stand_in import TOKEN, StandIn
from tests.network.test_dialect_webhook import Receiver
from tests.network.test_federation_docs import Foreign, stranger
from tests.open311_city import City
from tests.places.streets import menteng
from tests.ports import free_port
from tests.project.doc_commands import PAGES, ROOT, name_of, shell_lines, shown
from tests.project.doc_commands import calls as calls_of
from tests.project.test_guide import GUIDE as GUIDE_TEXT
from tests.project.test_guide import blocks
from tests.ranges import Place, served
from tests.world import submission

__all__ = ["stranger"]
# Servers and workers, and what starts processes by itself, run as processes: below.
PROCESSES = {"init", "serve", "worker"}
# Walked from the wheel by its own test (tests/project/test_guide.py), what a unit starts too.
GUIDE = "run-in-production"
AT_THE_NEW_ONE = ("leave verify", "leave import")
BANDUNG = (107.6098, -6.9147)


class Stage:
    """An installation with catalogue and bodies, a folder to stand in, and stand-ins for everybody else."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, foreign: Foreign) -> None:
        self.folder, self.monkeypatch = folder, monkeypatch
        self.city, self.channel = City(), StandIn()
        self.map, self._ends = write(folder / "planet.pmtiles"), ExitStack()
        planet = self._ends.enter_context(served(Place(self.map.read_bytes()), "/20261101.pmtiles"))
        self._hook = ThreadingHTTPServer(("127.0.0.1", 0), type("Kind", (Receiver,), {"told": [], "answers": []}))
        threading.Thread(target=self._hook.serve_forever, args=(0.02,), daemon=True).start()
        self.instead = {
            "https://city.example/open311/v2": self.city.url, "THEIR-KEY": self.city.key,
            "https://ADDRESS": self.channel.address, "TOKEN": TOKEN,
            "https://example.go.id/hook": f"http://127.0.0.1:{self._hook.server_port}/in",
            "https://pusat.example": foreign.url, "https://build.protomaps.com/20261101.pmtiles": planet.address,
            "whsec_$(openssl rand -base64 32)": f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}",
        }  # fmt: skip

    def close(self) -> None:
        """Ends the stand-ins."""
        self._ends.close()
        self.city.close()
        self.channel.stop()
        self._hook.shutdown()
        self._hook.server_close()

    def run(self, words: list[str]) -> Result:
        """Runs a command here, as the page writes it but for what stands for somebody else."""
        for before, prepare in BEFORE.items():
            if " ".join(words).startswith(before):
                prepare(self)
        with self._elsewhere() if " ".join(words).startswith(AT_THE_NEW_ONE) else nullcontext():
            given = [self.instead.get(word, word) for word in words]
            return CliRunner().invoke(app_for(given[0]), given, terminal_width=300)

    @contextmanager
    def _elsewhere(self) -> Iterator[None]:
        """What is here is gone, and this is another installation, which knows the old one; then all is as before."""
        found = leaving.verify(self.folder / "32.73.zip")
        self.instead["ABCD-EFGH-IJKL-MNOP"] = found.fingerprint
        before = transaction.savepoint()
        with self.monkeypatch.context() as only_now:
            only_now.setattr(config(), "instance", "bandung.example")
            Report.objects.all().delete()
            network.models.SigningKey.objects.all().delete()
            old = a_peer("lama", instance=found.manifest.instance)
            keyring.trust(old, [found.manifest.key.model_dump()])
            yield
        transaction.savepoint_rollback(before)


def a_past(stage: Stage) -> None:
    """The mapping that the page shows, and a file with its columns."""
    page = (ROOT / "docs/how-to/bring-past-reports.md").read_text()
    mapping = re.findall(r"^ *```yaml\n(.*?)^ *```", page, re.MULTILINE | re.DOTALL)[0]
    (stage.folder / "mapping.yaml").write_text(re.sub(r"(?m)^   ", "", mapping))
    rows = (
        "case_number;title;description;longitude;latitude;created;closed;remarks;kind;status\n"
        "1;Lubang;Lubang besar;106,82;-6,17;03/03/2019 08.30;;;Pothole;New\n"
        "2;Sampah;;106,82;-6,17;03/03/2019 09.30;05/03/2019 10.00;Sudah diangkut;Garbage;Finished\n"
    )
    (stage.folder / "cases.csv.gz").write_bytes(gzip.compress(rows.encode("cp1252")))


def an_extract(stage: Stage) -> None:
    """An extract of OpenStreetMap in the packed format."""
    plain = menteng().write(stage.folder / "plain.osm")
    with osmium.SimpleWriter(str(stage.folder / "indonesia-latest.osm.pbf")) as writer:
        osmium.apply(str(plain), writer)


def a_map(stage: Stage) -> None:
    """A map file, as somebody has made it."""
    shutil.copy(stage.map, stage.folder / "basemap.pmtiles")


def lamps(stage: Stage) -> None:
    """The table that the page shows."""
    page = (ROOT / "docs/how-to/bring-the-assets.md").read_text()
    rows = re.findall(r"^ {7}(\S*;.*)$", page, re.MULTILINE)
    assert len(rows) == 3
    (stage.folder / "lampu.csv").write_text("\n".join(rows) + "\n")


def a_peer(name: str, **given: str) -> Peer:
    """Another instance that both sides have confirmed."""
    told = {"title": name, "dialect": "kentongan", "instance": f"{name.lower()}.example", "state": "active"} | given
    made = Peer(name=name, confirmed_here=True, confirmed_there=True, endpoint="http://127.0.0.1:9/network/v1", **told)
    made.save()
    return made


def a_region(_stage: Stage) -> None:
    """The region takes part here, and has a report."""
    bodies.make_partner("32.73")
    made = routing.submit(submission("waste", at=BANDUNG), None).report
    Report.objects.filter(pk=made.pk).update(body_id="32.73")


def a_demonstration(_stage: Stage) -> None:
    """The demonstration's people, and a report of one of them."""
    accounts.load()
    routing.submit(submission(), accounts.person(accounts.CITIZEN))


BEFORE: dict[str, Callable[[Stage], None]] = {
    "reports import": a_past,
    "places osm": an_extract,
    "map load": a_map,
    "places load lampu.csv": lamps,
    "peers body NAME": lambda _stage: a_peer("NAME"),
    "check": lambda _stage: heartbeat.beat("worker-1"),
    "leave export": a_region,
    "leave settle": lambda _stage: a_peer("bandung"),
    "demo remove": a_demonstration,
}


@pytest.fixture
def stage(world: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stranger: Foreign) -> Iterator[Stage]:
    """The installation of a page. Its first post is number 1, as pages have it, whatever was made before."""
    numbers = [{"table": "emergency_watch", "column": "id"}]
    with connection.cursor() as cursor:
        for again in connection.ops.sequence_reset_by_name_sql(no_style(), numbers):
            cursor.execute(again)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(config(), "data", tmp_path)
    # The streets are written beside the country's index, and that of the tests is everybody's.
    shutil.copy(os.environ["KENTONGAN_PLACES_INDEX"], tmp_path / "places.index")
    monkeypatch.setenv("KENTONGAN_PLACES_INDEX", str(tmp_path / "places.index"))
    found = Stage(tmp_path, monkeypatch, stranger)
    yield found
    found.close()


HERE = {
    page: [words for words in shown(page) if name_of(words) not in PROCESSES]
    for page in PAGES
    if page.stem != GUIDE and shown(page)
}


@pytest.mark.django_db
@pytest.mark.parametrize("page", [page for page, found in HERE.items() if found], ids=lambda page: page.stem)
def test_what_a_page_shows_can_be_done_in_its_order(page: Path, stage: Stage) -> None:
    for words in HERE[page]:
        ran = stage.run(words)
        assert ran.exit_code == 0, f"{page.name}: kentongan {' '.join(words)}\n{ran.output}\n{ran.exception!r}"
        assert ran.output.strip(), f"{page.name}: kentongan {' '.join(words)} says nothing"


def test_a_command_that_cannot_be_run_would_be_noticed(stage: Stage) -> None:
    assert stage.run(["peers", "on", "nobody"]).exit_code != 0
    assert stage.run(["reports", "import", "no-such-file.csv", "mapping.yaml"]).exit_code != 0


# --- processes ---

CONTAINERS = next(page for page in PAGES if page.stem == "run-in-containers")


@pytest.mark.long
@pytest.mark.both
def test_what_the_containers_start_is_begun_and_ended_and_its_backup_comes_back(tmp_path: Path) -> None:
    calls, port = {name_of(words): words for words in shown(CONTAINERS)}, str(free_port())
    assert set(calls) >= PROCESSES
    with an_own_database() as first, an_own_database() as second:
        begun = begin([first if word.startswith("postgresql://") else word for word in calls["init"]], tmp_path)
        assert begun.wait(300) == 0, (tmp_path / "init.log").read_text()
        served, working = ([port if word == "8000" else word for word in calls[name]] for name in ("serve", "worker"))
        started = [begin(served, tmp_path), begin(working, tmp_path)]
        try:
            until(lambda: answers(f"http://127.0.0.1:{port}/readyz"))
            until(lambda: "worker.started" in (tmp_path / "worker.log").read_text())
        finally:
            for one in started:
                one.send_signal(signal.SIGTERM)
            assert [one.wait(60) for one in started] == [0, 0]
        run(["backup", "backup.tar"], tmp_path)
        settings = tmp_path / ".env"
        settings.write_text(settings.read_text().replace(first or "/data'", second or "/other'"))
        run(["restore", "backup.tar"], tmp_path)  # into the empty database
        for words in not_walked():
            if words[0] != "restore":
                run(words, tmp_path)


def begin(words: list[str], folder: Path) -> subprocess.Popen[str]:
    """A command as a process of its own in the installation of a folder."""
    with (folder / f"{words[0]}.log").open("w") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "kentongan.cli.main", *words],
            cwd=folder,
            env=without_settings(),
            stdout=log,
            stderr=log,
            text=True,
        )


def run(words: list[str], folder: Path) -> None:
    """The same from its start on, and to its end, which is to be a good one."""
    ended = forking.ran(*words, env=without_settings(), folder=folder)
    assert ended.returncode == 0, f"kentongan {' '.join(words)}\n{ended.stdout}{ended.stderr}"


def without_settings() -> dict[str, str]:
    """The variables of this process without ours: those are in the installation's file."""
    return {name: value for name, value in os.environ.items() if not name.startswith("KENTONGAN_")}


@contextmanager
def an_own_database() -> Iterator[str]:
    """The address of an empty database where the tests run on PostgreSQL; empty: SQLite."""
    name = f"kentongan_containers_{secrets.token_hex(4)}"
    address = database(name, empty=True)
    yield address
    if address:
        drop(name)


def answers(address: str) -> bool:
    """Whether a server says there that it is well."""
    try:
        return requests.get(address, headers={"X-Forwarded-Proto": "https"}, timeout=120).status_code == 200
    except requests.ConnectionError:
        return False


def not_walked() -> list[list[str]]:
    """The calls of the guide that its own test does not run: it runs blocks of a shell, and what the units start."""
    walked = [line for kind, _name, content in blocks(GUIDE_TEXT) if kind == "sh" for line in content.splitlines()]
    walked += re.findall(r"^ExecStart=(.*)$", GUIDE_TEXT, re.MULTILINE)
    run_there = [words for line in walked for words in calls_of(line)]
    assert len(run_there) >= 5
    return [words for page in PAGES if page.stem == GUIDE for words in shown(page) if words not in run_there]


def test_no_other_page_starts_processes() -> None:
    starting = {page.stem for page in PAGES for words in shown(page) if name_of(words) in PROCESSES}
    assert starting == {GUIDE, CONTAINERS.stem}
    assert not {name_of(words) for words in not_walked()} & PROCESSES


# --- scripts ---

# What runs a script that a page shows: it cannot run here without running this very test, or for minutes.
SCRIPTS = {
    "script/demo": "web/test_browser_walk.py::test_a_citizen_of_bali_stands_in_jakarta",
    "script/demo --network": "demo/test_demo_network.py::test_the_walk_over_three_instances_comes_to_its_end",
    "script/test": "project/test_scripts.py::test_the_tests_are_given_what_was_asked_for",
    "script/test --random": "project/test_scripts.py::test_the_tests_are_given_what_was_asked_for",
    "script/test --at": "project/test_scripts.py::test_the_tests_are_given_what_was_asked_for",
    "script/test --coverage": "project/test_scripts.py::test_the_tests_are_given_what_was_asked_for",
    "script/test --mutate": "project/test_scripts.py::test_the_tests_are_given_what_was_asked_for",
    "script/bench": "project/test_commands_run.py::test_the_benchmark_knows_what_the_page_asks_of_it",
    "script/bench --json": "project/test_commands_run.py::test_the_benchmark_knows_what_the_page_asks_of_it",
}


def scripts(page: Path) -> list[str]:
    """The scripts that the code blocks of a page call, with their words."""
    return re.findall(r"(?m)^\s*(?:KENTONGAN_\S+ )*(script/.+)$", "\n".join(shell_lines(page.read_text())))


def test_every_script_that_a_page_shows_is_run_by_a_test_that_is_there() -> None:
    calls = [re.sub(r" (?!--)\S.*", "", call) for page in PAGES for call in scripts(page)]
    assert set(calls) == set(SCRIPTS)
    for where in SCRIPTS.values():
        file, _colons, test = where.partition("::")
        assert f"def {test}(" in (ROOT / "tests" / file).read_text(), where


def test_the_benchmark_knows_what_the_page_asks_of_it() -> None:
    calls = [call.split()[1:] for page in PAGES for call in scripts(page) if call.startswith("script/bench")]
    assert calls
    for words in calls:
        done = subprocess.run(
            [sys.executable, "-m", "bench", *words, "--help"], cwd=ROOT, capture_output=True, check=False
        )
        assert done.returncode == 0, (words, done.stderr)
