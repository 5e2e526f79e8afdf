"""The production guide is walked from the built wheel in an empty environment, and what it installs is small.

What only root and systemd can do is done by stand-ins that change nothing of the machine: `useradd` makes the home,
`runuser` runs as we are, and what the units start is started, reloaded and stopped as they and `systemctl` say it. The
next version that the guide updates to is the same one in a folder of its own.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from uuid import uuid4

import pytest
import yaml

from tests.instances import until
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs/how-to/run-in-production.md").read_text()
CONTAINERS = (ROOT / "docs/how-to/run-in-containers.md").read_text()
MOST = 350e6  # bytes of what an installation has installed
STAND_INS = {
    "useradd": 'while [ $# -gt 0 ]; do [ "$1" = --home-dir ] && mkdir -p "$2"; shift; done',
    "runuser": 'while [ "$1" != -- ]; do shift; done; shift; exec "$@"',
}


def blocks(page: str) -> list[tuple[str, str, str]]:
    """Language, name and content of each fenced block."""
    return re.findall(r"^```(\w+) ?(\S*)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def named(page: str, name: str) -> str:
    return next(content for _kind, found, content in blocks(page) if found.endswith(name))


class Machine:
    """An empty machine: a folder in which /opt and /var are, and nothing of this checkout in its environment."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, self.here = folder, free_port(), folder / "dist"
        stand_ins = folder / "stand-ins"
        for path in (stand_ins, folder / "opt", folder / "var/lib", self.here, folder / "tmp"):
            path.mkdir(parents=True)
        for name, text in STAND_INS.items():
            (stand_ins / name).write_text(f"#!/bin/sh\n{text}\n")
            (stand_ins / name).chmod(0o755)
        kept = {name: os.environ[name] for name in os.environ if name.startswith(("PIP_", "UV_", "SSL_", "REQUESTS_"))}
        path = f"{stand_ins}:/usr/sbin:/usr/bin:/sbin:/bin:{Path(shutil.which('python3') or '').parent}"
        self.services: dict[str, subprocess.Popen[bytes]] = {}
        self.env = kept | {"PATH": path, "HOME": os.environ["HOME"], "TMPDIR": str(folder / "tmp"), "LANG": "C.UTF-8"}

    def told(self, text: str) -> str:
        """The guide's text with this machine's folders and port."""
        for place in ("/opt/", "/var/lib/"):
            text = re.sub(rf"(?<![\w.]){place}", f"{self.folder}{place}", text)
        text = text.replace("kentongan-NEW-py3", "kentongan-0.1.0-py3").replace("-NEW", "-next")
        return text.replace("8000", str(self.port))

    def run(self, line: str) -> str:
        line = self.told(line)
        if "-py3-none-any.whl" in line:
            self.here = self.folder / "dist"  # where the operator has put the two files
        if line.startswith("cd "):
            self.here = Path(line[3:])
            return ""
        if line.startswith("systemctl "):
            self.control(line.split()[1], re.findall(r"\S+\.service", line))
            return ""
        # pip as the guide has it would fetch all anew: uv does the same from what this machine has kept.
        if found := re.match(r"(\S+)/bin/pip install (.*)", line):
            compiled = "" if found[1].endswith("-next") else "--compile-bytecode"  # as pip does: once is enough
            line = f"{uv()} pip install --quiet {compiled} --python {found[1]}/bin/python {found[2]}"
        done = subprocess.run(
            ["/bin/sh", "-ec", line], cwd=self.here, env=self.env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def control(self, verb: str, units: list[str]) -> None:
        """What systemd does, and waits until it is done."""
        for unit in units:
            if verb in {"enable", "start"}:
                self.services[unit] = start(self, unit)
            elif verb == "stop":
                stop(self.services.pop(unit))
            elif verb == "reload":
                self.services[unit].send_signal(signal.SIGHUP)
                until(lambda: "kept.replaced" in (self.folder / f"{unit}.log").read_text())  # noqa: B023
        if verb in {"enable", "start"}:
            until(lambda: get(self, "/readyz")[0] == 200)
            until(lambda: get(self, "/readyz?deep=1")[0] == 200)


def stop(service: subprocess.Popen[bytes]) -> None:
    """Ends a service, which has to end well."""
    service.send_signal(signal.SIGTERM)
    assert service.wait(30) == 0


def uv() -> str:
    found = shutil.which("uv", path=f"{ROOT / '.venv-uv/bin'}:{os.environ['PATH']}")
    assert found
    return found


@pytest.mark.long
def test_the_guide_is_walked_from_the_wheel_to_a_server_that_people_use(tmp_path):
    machine = Machine(tmp_path)
    subprocess.run([ROOT / "script/package", machine.here], check=True, capture_output=True)
    said = ""
    try:
        for kind, _name, content in blocks(GUIDE):
            for line in content.splitlines() if kind == "sh" else []:
                if line.endswith("kentongan backup backup.tar"):
                    code = report(machine)
                said += machine.run(line)
        walked(machine, said)
        assert get(machine, f"/api/v1/reports/{code}")[0] == 200  # it came back with the backup
        for one in list(machine.services):
            stop(machine.services.pop(one))
    finally:
        for one in machine.services.values():
            one.kill()
    installed = machine.folder / "opt/kentongan-0.1.0/lib"
    size = sum(one.stat().st_size for one in installed.rglob("*") if one.is_file() and not one.is_symlink())
    assert size <= MOST, f"{size / 1e6:.0f} MB are installed"


def start(machine: Machine, unit: str) -> subprocess.Popen[bytes]:
    """Starts what a unit of the guide starts, as it says."""
    said = dict(re.findall(r"^(\w+)=(.*)$", machine.told(named(GUIDE, unit)), re.MULTILINE))
    with (machine.folder / f"{unit}.log").open("ab") as log:
        return subprocess.Popen(
            said["ExecStart"].split(), cwd=said["WorkingDirectory"], env=machine.env, stdout=log, stderr=log
        )


def get(machine: Machine, path: str) -> tuple[int, str]:
    request = urllib.request.Request(f"http://127.0.0.1:{machine.port}{path}", headers={"X-Forwarded-Proto": "https"})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except OSError as fault:
        return getattr(fault, "code", 0), ""


def report(machine: Machine) -> str:
    """Somebody reports; the code of it."""
    sent = {"submission_id": str(uuid4()), "category": "road_damage", "text": "Lubang", "lon": 106.8451, "lat": -6.1711}
    headers = {"X-Forwarded-Proto": "https", "Content-Type": "application/json"}
    asked = urllib.request.Request(
        f"http://127.0.0.1:{machine.port}/api/v1/reports", json.dumps(sent).encode(), headers
    )
    with urllib.request.urlopen(asked, timeout=60) as answer:
        return str(json.load(answer)["code"])


def walked(machine: Machine, said: str) -> None:
    home = machine.folder / "var/lib/kentongan"
    assert (home / ".env").stat().st_mode & 0o777 == 0o600
    assert "✗" not in said
    assert "a worker is at work" in said
    (link,) = re.findall(r"https://lapor\.example\.go\.id(/accounts/password/reset/key/\S+)", said)
    assert get(machine, link)[0] == 200
    assert "Kentongan" in get(machine, "/")[1]
    assert "1 reports and 0 photo files" in said  # restored
    assert (machine.folder / "opt/kentongan").readlink() == Path("kentongan-next")
    for unit in ("kentongan.service", "kentongan-worker.service"):
        assert "kept.replaced" in (machine.folder / f"{unit}.log").read_text()
    assert (home / "backup.tar").stat().st_mode & 0o777 == 0o600
    program = "/opt/kentongan/bin/kentongan"
    again = machine.run(f"{program} init https://other.example.go.id --admin admin@example.go.id")
    assert "stays as it is" in again
    assert "lapor.example.go.id" in (home / ".env").read_text()


@pytest.mark.parametrize("unit", ["kentongan.service", "kentongan-worker.service"])
def test_systemd_takes_the_units(tmp_path, unit):
    text = named(GUIDE, unit)
    for wanted in (
        "After=network-online.target",
        "RestartSec=",
        "Restart=always",
        "User=kentongan",
        "ExecReload=",
        "KillMode=mixed",
    ):
        assert wanted in text
    # What is not on this machine stands in for itself.
    text = re.sub(r"ExecStart=\S+", "ExecStart=/bin/true", text)
    (tmp_path / unit).write_text(re.sub(r"(?m)^(User|WorkingDirectory|ReadWritePaths)=.*\n", "", text))
    analyze = shutil.which("systemd-analyze")
    if analyze:
        done = subprocess.run([analyze, "verify", tmp_path / unit], capture_output=True, text=True, check=False)
        assert unit not in done.stderr, done.stderr


def test_the_proxies_take_photos_wait_long_enough_and_say_who_asks():
    nginx, caddy = named(GUIDE, "sites-available/kentongan"), named(GUIDE, "Caddyfile")
    for text in (nginx, caddy):
        assert text.count("{") == text.count("}")
    for wanted in (
        "client_max_body_size 110m", "proxy_request_buffering on", "proxy_read_timeout", "client_body_timeout",
        "X-Forwarded-For $remote_addr", "X-Forwarded-Proto $scheme", "Host $host",
    ):  # fmt: skip
        assert wanted in nginx
    assert all(line.strip().endswith((";", "{", "}")) for line in nginx.splitlines())
    for wanted in ("max_size 110MB", "request_buffers", "read_body", "response_header_timeout"):
        assert wanted in caddy


def test_the_container_is_made_as_the_guide_installs_and_compose_starts_all_three():
    lines = re.sub(r"\\\n", " ", named(CONTAINERS, "Containerfile")).splitlines()
    words = [line.split(" ", 1) for line in lines if line.strip()]
    assert {word for word, _rest in words} <= {
        "ARG", "FROM", "RUN", "COPY", "ENV", "USER", "WORKDIR", "VOLUME", "EXPOSE", "STOPSIGNAL", "CMD",
    }  # fmt: skip
    assert words[0][0] == "ARG"
    assert words[1] == ["FROM", "${BASE}"]
    assert dict(words)["USER"] == "kentongan"
    for word, rest in words:
        if word == "RUN":
            subprocess.run(["/bin/sh", "-nc", rest], check=True)
        elif word == "CMD":
            assert json.loads(rest)[0] == "kentongan"
    compose = yaml.safe_load(named(CONTAINERS, "compose.yaml"))
    assert set(compose["services"]) == {"database", "server", "worker"}
    for name in ("server", "worker"):
        assert compose["services"][name]["depends_on"]["database"]["condition"] == "service_healthy"
        assert compose["services"][name]["command"][0] == "kentongan"


def test_compose_and_the_image_name_the_same_folders_ports_and_people():
    image = named(CONTAINERS, "Containerfile")
    compose = yaml.safe_load(named(CONTAINERS, "compose.yaml"))
    words = dict(re.findall(r"^([A-Z]+) (.*)$", image, re.MULTILINE))
    database, server, worker = (compose["services"][name] for name in ("database", "server", "worker"))
    mounted = {one for service in compose["services"].values() for one in service["volumes"]}
    assert {one.split(":")[0] for one in mounted} == set(compose["volumes"])
    for service in (server, worker):
        assert [one.split(":")[1] for one in service["volumes"]] == [words["WORKDIR"]] == [words["VOLUME"]]
        assert service["build"] == {"context": ".", "dockerfile": "Containerfile"}
        assert service["stop_grace_period"] == "30s"  # as long as the units give
    assert server["command"] == json.loads(words["CMD"])  # what `docker run` starts is what compose starts
    assert [service["command"][:2] for service in (server, worker)] == [["kentongan", "serve"], ["kentongan", "worker"]]
    port = server["command"][server["command"].index("--port") + 1]
    assert server["ports"] == [f"127.0.0.1:{port}:{words['EXPOSE']}"]  # this machine only: the proxy stands before it
    begun = re.search(r"postgresql://(\w+):\$(\w+)@(\w+):(\d+)/(\w+)", CONTAINERS)
    assert begun
    user, password, host, number, name = begun.groups()
    assert (host, number) == ("database", "5432")
    assert database["environment"]["POSTGRES_USER"] == user == name  # PostgreSQL's image names the database so
    assert database["environment"]["POSTGRES_PASSWORD"] == f"${{{password}:?choose one}}"
    # Over TCP: while PostgreSQL makes a new database it answers on its socket alone, and ends once more.
    assert database["healthcheck"]["test"] == ["CMD", "pg_isready", "-h", "127.0.0.1", "-U", user]
    for given in (database["image"], words["ARG"].partition("=")[2]):  # podman asks no registry by itself
        assert re.fullmatch(r"[\w.]+\.\w+/[\w/-]+:[\w.-]+", given)


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False)])
def test_compose_asks_whether_a_report_would_be_stored_and_whether_anything_is_wrong(status, healthy):
    compose = yaml.safe_load(named(CONTAINERS, "compose.yaml"))["services"]
    assert all(not service["healthcheck"].get("disable") for service in compose.values())
    how, *asking = compose["server"]["healthcheck"]["test"]
    assert (how, asking[:2]) == ("CMD", ["python3", "-c"])
    assert compose["worker"]["healthcheck"]["test"] == ["CMD", "kentongan", "check"]
    asked = []

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_told): ...

    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        port = compose["server"]["command"][-1]
        code = asking[2].replace(f":{port}/", f":{server.server_port}/")
        # A company's proxy, which containers are told of, is not asked about ourselves (jupyter/docker-stacks#1962).
        told = {**os.environ, "http_proxy": "http://127.0.0.1:9", "no_proxy": ""}
        done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, env=told)
        server.shutdown()
    assert ((done.returncode == 0), asked) == (healthy, ["/readyz"])
