"""How fast an officer's desk answers at `KENTONGAN_BENCH_DESK` reports of one body: each filter and order, each action.

The list, its counts and what each choice would leave are asked anew each time, as by a page that nobody has asked for.
An action is the whole request with its middleware, past the server; each is tried on reports of its own.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, process_time
from typing import Any
from urllib.parse import urlencode

from django.core.handlers.base import BaseHandler
from django.core.handlers.wsgi import WSGIRequest

from bench import volume
from bench.figures import Figure
from bench.pages import cookies
from bench.seeding import world
from bench.volume import BODY
from kentongan import bodies, casework
from kentongan.casework import Filter, counting, matching, searching
from kentongan.people.models import Person
from kentongan.reports.models import Report

REPORTS = int(os.environ.get("KENTONGAN_BENCH_DESK", "50000"))  # 1,000,000: the promise
TIMES = int(os.environ.get("KENTONGAN_BENCH_DESK_TIMES", "20"))
LIMIT, ACTION_LIMIT = 150.0, 100.0  # milliseconds, p95
ONLY = os.environ.get("KENTONGAN_BENCH_DESK_ONLY", "")  # a part of the names of what is measured; empty: all
WHO = "koordinator@contoh.id"
PLACE = (106.83, -6.2)
SHAPE = ((106.82, -6.21), (106.84, -6.21), (106.845, -6.19), (106.83, -6.185))
ASKED: dict[str, Filter] = {
    "to do": Filter(),
    "archive": Filter("archive"),
    "archive, newest": Filter("archive", sort="-age"),
    "one kind": Filter(categories=("road_damage",)),
    "one kind, archive": Filter("archive", categories=("road_damage",)),
    "a village": Filter(area="31.71.01.1007"),
    "a village, archive": Filter("archive", area="31.71.01.1007"),
    "a district": Filter(area="31.71.03"),
    "a street": Filter(street="nomor 77"),
    "today": Filter(age="today"),
    "older, archive": Filter("archive", age="older"),
    "overdue": Filter(deadline="overdue"),
    "ended too late": Filter("archive", deadline="overdue"),
    "due today": Filter(deadline="today"),
    "pressing": Filter(priorities=("urgent", "high")),
    "mine": Filter(assignee="me"),
    "nobody's": Filter(assignee="none"),
    "by another system, archive": Filter("archive", channels=("peer",)),
    "a rare kind, archive": Filter("archive", categories=("online_scam",)),
    "objected to": Filter("archive", contested=True),
    "near a point": Filter(near=(*PLACE, 500.0)),
    "in a shape, archive": Filter("archive", shape=SHAPE),
    "a common word": Filter(words="jalan"),
    "a common word, archive": Filter("archive", words="jalan rusak"),
    "a rare word, archive": Filter("archive", words="nomor 77123"),
    "a slip": Filter(words="lubng"),
    "by deadline": Filter(sort="deadline"),
    "by deadline, archive": Filter("archive", sort="deadline"),
    "by priority": Filter(sort="-priority"),
    "by change, archive": Filter("archive", sort="-changed"),
    "by support, archive": Filter("archive", sort="-support"),
    "kind, age and word": Filter(categories=("road_damage",), age="month", words="lubang", sort="-priority"),
}


def measure(_work: Path) -> list[Figure]:
    """The p95 of each question, beside its median and what it takes of the processor here (SQLite's work is in it)."""
    if not (kept := Report.objects.exists()):
        world()
    officer = Person.objects.filter(email=WHO).first()
    if officer is None:
        officer = Person.objects.create_user(WHO, name="Koordinator")
        casework.appoint(None, BODY, officer.email, "coordinator")
    if not kept:
        volume.write(REPORTS, officer.pk)
    bodies.hold(officer)
    found = []
    handler = BaseHandler()
    handler.load_middleware()
    desk = Desk(handler, cookies(officer))
    hello = median(desk.ask("GET", "/hello") for _time in range(TIMES)) * 1e3
    for name, asked in ASKED.items():
        for what, ask in _questions(officer, asked):
            if ONLY in f"{name}, {what}":
                found.append(_figure(f"desk: {name}, {what}", ask, hello))
    for name, act in _actions(desk).items():
        if ONLY in name:
            found.append(_figure(f"desk: {name}", act, hello, ACTION_LIMIT))
    return found


class Desk:
    """A coordinator, signed in, whose requests go past the server."""

    def __init__(self, handler: BaseHandler, session: str) -> None:
        self._handler, self._session = handler, session
        fresh = Report.objects.filter(body=BODY, state="routed", assignee=None, seq=2).order_by("-pk")
        self._codes = iter(fresh.values_list("code", flat=True)[:100_000].iterator())
        self.last = ""

    def fresh(self) -> str:
        """The code of a report that nobody has touched."""
        self.last = next(self._codes)
        return self.last

    def ask(self, method: str, path: str, said: dict[str, Any] | None = None) -> float:
        """Asks for a page, or sends a form; the seconds that it took. RuntimeError where it is refused."""
        address, _mark, query = path.partition("?")
        body = urlencode(said or {}, doseq=True).encode()
        request = WSGIRequest({
            "REQUEST_METHOD": method, "PATH_INFO": address, "QUERY_STRING": query, "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80", "REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "127.0.0.1", "HTTP_ACCEPT_LANGUAGE": "id",
            "HTTP_COOKIE": self._session, "wsgi.url_scheme": "http", "wsgi.input": BytesIO(body),
            "CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": "application/x-www-form-urlencoded",
        })  # fmt: skip
        request.__dict__["_dont_enforce_csrf_checks"] = True  # it is a form of our own
        begun = perf_counter()
        answer = self._handler.get_response(request)
        taken = perf_counter() - begun
        if answer.status_code >= 400:
            raise RuntimeError(f"{method} {path} answered {answer.status_code}")
        answer.close()
        return taken


def _actions(desk: Desk) -> dict[str, Callable[[], object]]:
    """What an officer presses, and the pages that it is pressed on."""

    def step(name: str, **said: Any) -> Callable[[], object]:
        def act() -> object:
            path = f"/console/reports/{desk.fresh()}/steps/{name}"
            given = {"original": desk.fresh()} if name == "merge" else {}
            return desk.ask("POST", path, {"expected_seq": "2", **said, **given})

        return act

    return {
        "page of the queue": lambda: desk.ask("GET", f"/console/?body={BODY}"),
        "page of a report": lambda: desk.ask("GET", f"/console/reports/{desk.fresh()}"),
        "who is here": lambda: desk.ask("GET", f"/console/reports/{desk.fresh()}/here"),
        "a draft": lambda: desk.ask(
            "POST", f"/console/reports/{desk.fresh()}/draft", {"step": "note", "text": "Kami datang"}
        ),
        "page of joining": lambda: desk.ask("GET", f"/console/reports/{desk.fresh()}/merge"),
        "accept": step("accept"),
        "start": step("start"),
        "note": step("note", text="Kami datang besok", visibility="public"),
        "ask": step("ask", text="Di sebelah mana?"),
        "assign": step("assign", to="me"),
        "prioritise": step("prioritise", priority="high"),
        "refer": step("refer", text="PLN membantu"),
        "resolve": step("resolve", no_photo_reason="malam"),
        "reject": step("reject", text="Bukan urusan kami"),
        "transfer": step("transfer", body="31.water", text="Pipa bocor"),
        "merge": step("merge"),
        "split": step("split", part=[BODY, "31.water"], words=["Aspal", "Pipa"]),
    }


def _questions(officer: Person, asked: Filter) -> list[tuple[str, Callable[[], object]]]:
    return [
        ("list", lambda: casework.queue(officer, BODY, asked)),
        ("counts", lambda: casework.counts(officer, BODY, asked)),
        ("choices", lambda: casework.facets(officer, BODY, asked)),
    ]


def _figure(name: str, ask: Callable[[], object], hello: float, limit: float = LIMIT) -> Figure:
    ask()  # what is read once by a process, such as a template, is not what a page takes
    clocks, works = [], []
    for _time in range(TIMES):
        counting.forget()
        matching.forget()
        searching.forget()
        clock, work = perf_counter(), process_time()
        ask()
        clocks.append((perf_counter() - clock) * 1e3)
        works.append((process_time() - work) * 1e3)
    parts = quantiles(clocks, n=20)
    beside = f"p50 {parts[9]:.1f} ms, {parts[9] / hello:.0f} × a hello-world of {hello:.2f} ms, processor"
    beside += f" {quantiles(works, n=20)[9]:.1f} ms; {REPORTS:,} reports"
    return Figure(name, parts[18], "ms p95", limit, False, beside)
