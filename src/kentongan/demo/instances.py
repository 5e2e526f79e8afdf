"""Three instances of the network on one machine, each with its own database, server and worker."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

READY_WITHIN = 60.0  # seconds a server may take to answer
END_WITHIN = 15.0  # seconds a part may take to end
FAILED = 100  # `kentongan.cli.several` ends with this and the number of the command that failed
PARTS = {"server": "serve", "worker": "worker"}


@dataclass(frozen=True)
class Role:
    """What an instance is in the demonstration: its name in the network, and the bodies that work there."""

    name: str
    title: str
    bodies: tuple[str, ...]


CITY = Role("jakarta", "Jakarta", ("31",))
REGION = Role("denpasar", "Denpasar", ("51.71",))
CENTRE = Role("pusat", "Pemerintah Pusat", ("id.pu", "id.komdigi", "id.lapor"))
ROLES = (CITY, REGION, CENTRE)


@dataclass
class Instance:
    """One instance as this process runs it. `index` is the file of the country, which all three share."""

    role: Role
    folder: Path
    port: int
    index: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def env(self) -> dict[str, str]:
        """The settings of its processes."""
        return os.environ | {
            "KENTONGAN_MODE": "demo", "KENTONGAN_DATA": str(self.folder), "KENTONGAN_BASE_URL": self.url,
            "KENTONGAN_INSTANCE": self.role.name, "KENTONGAN_INSTANCE_NAME": self.role.title,
            "KENTONGAN_PLACES_INDEX": str(self.index), "KENTONGAN_DATABASE": "",
            "KENTONGAN_ACCOUNT_REPORTS_PER_HOUR": "100000",  # one citizen sends hundreds while the centre is down
        }  # fmt: skip

    def commands(self, *several: Sequence[str]) -> str:
        """Runs `kentongan WORDS` for all of these in the instance; what they printed. Ends the demonstration where one
        fails, by its words."""
        done = subprocess.run(
            [sys.executable, "-m", "kentongan.cli.several", json.dumps(several)],
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            which = several[done.returncode - FAILED] if done.returncode >= FAILED else ()  # killed in any of them
            said = done.stderr.strip() or f"ended with {done.returncode}"
            raise SystemExit(f"kentongan: {self.role.name}: {' '.join(('kentongan', *which))}: {said}")
        return done.stdout.strip()

    def start(self, *parts: str) -> None:
        """Starts the parts that are named, or all, and waits until the server answers."""
        logs = self.folder / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        for part in parts or tuple(PARTS):
            words = [PARTS[part], *(["--port", str(self.port)] if part == "server" else [])]
            with (logs / f"{part}.log").open("ab") as log:
                # A session of its own: Ctrl-C reaches only us, and we end it in order.
                self.running[part] = subprocess.Popen(
                    [sys.executable, "-m", "kentongan.cli.main", *words], env=self.env, stdin=subprocess.DEVNULL,
                    stdout=log, stderr=log, start_new_session=True,
                )  # fmt: skip
        self._await_answer()

    def kill(self) -> None:
        """Ends all of it at once, as a power cut would."""
        for process in self.running.values():
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(END_WITHIN)
        self.running.clear()

    def end(self) -> None:
        """Ends all of it in order."""
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            try:
                process.wait(END_WITHIN)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
        self.running.clear()

    def refuse_dead(self) -> None:
        """Ends the demonstration where one of its parts has ended by itself."""
        for part, process in self.running.items():
            if process.poll() is not None:
                raise SystemExit(f"kentongan: the {part} of {self.role.name} ended; see {self.folder}/logs/{part}.log")

    def _await_answer(self) -> None:
        end = time.monotonic() + READY_WITHIN
        while time.monotonic() < end:
            self.refuse_dead()
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=2):  # noqa: S310  our own
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        raise SystemExit(f"kentongan: {self.role.name} does not answer; see {self.folder}/logs/server.log")


def connect(city: Instance, region: Instance, centre: Instance, mailbox: str) -> None:
    """Introduces the three to each other, both sides confirming, and says which bodies are reached through whom.

    What Denpasar has for the ministry goes by way of Jakarta's instance, so that one report sees all three.
    """
    three = (city, region, centre)
    others = {here.role.name: [one for one in three if one is not here] for here in three}
    for here in three:
        here.commands(
            *(
                ("peers", "add", one.url, "--dialect", "kentongan", "--name", one.role.name)
                for one in others[here.role.name]
            )
        )
    # A body is reached through a peer that both sides have confirmed: through the city once it has, and by it at last.
    behind_the_city: dict[Role, list[str]] = {CITY: [], REGION: ["31", "id.pu"], CENTRE: ["31"]}
    for here in three:
        here.commands(
            *(("peers", "confirm", one.role.name) for one in others[here.role.name]),
            *(("peers", "body", city.role.name, code) for code in behind_the_city[here.role]),
        )
    city.commands(
        ("peers", "body", "pusat", "id.pu"),
        ("peers", "body", "denpasar", "51.71"),
        ("peers", "add", mailbox, "--dialect", "email", "--name", "bekasi", "--title", "Kabupaten Bekasi",
         "--body", "32.16"),
        ("peers", "on", "bekasi"),
    )  # fmt: skip
