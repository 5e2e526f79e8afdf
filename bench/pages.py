"""What a page costs a server process: milliseconds of processor, signed in and as an anonymous repeat."""

from __future__ import annotations

import cProfile
import os
import pstats
import time
from collections.abc import Callable
from importlib import import_module
from io import BytesIO
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.core.handlers.base import BaseHandler
from django.core.handlers.wsgi import WSGIRequest

from bench.figures import Figure
from bench.seeding import world
from bench.web import SMALL, grow
from kentongan import casework, reports, routing
from kentongan.people.models import Person
from kentongan.reports.models import Report
from tests.costing import calls

TIMES = int(os.environ.get("KENTONGAN_BENCH_TIMES", "200"))
WARMING = 20
# Times a hello-world: 4 and 1 ms of processor on a machine of its own, where that takes 0.12 ms (decision 0045). Where
# others work too a millisecond holds less than half of what it does there, and only the ratio travels.
SIGNED_IN, REPEAT = 33.0, 8.0
STREET = (106.8200, -6.1700)
BODY = "31.roads"  # whose queue is read, by its officer
TOLD = "KENTONGAN_BENCH_PROFILE"  # the name of a page whose profile is printed

Ask = Callable[[], float]


def measure(work: Path) -> list[Figure]:
    """Each page in turn with a hello-world behind the same middleware, so that a busy moment falls on both."""
    world()
    grow(work, SMALL)
    officer, citizen = _person("petugas"), _person("warga")
    casework.appoint(None, BODY, officer.email, "officer")
    code = _told_report(citizen)
    public = {"home": "/", "report": f"/r/{code}", "area": "/area/31", "body": f"/body/{BODY}", "overview": "/overview"}
    theirs = {
        **{name: (path, cookies(_person("pembaca"))) for name, path in public.items()},
        "report, its reporter's": (f"/r/{code}", cookies(citizen)),
        "report, an officer's": (f"/r/{code}", cookies(officer)),
        "queue of 25": (f"/console/?body={BODY}", cookies(officer)),
        "mine": ("/mine", cookies(citizen)),
    }
    handler = BaseHandler()
    handler.load_middleware()
    asked: dict[str, tuple[Ask, float]] = {
        **{f"{name}, signed in": (_asking(handler, *one), SIGNED_IN) for name, one in theirs.items()},
        **{f"{name}, stranger's repeat": (_asking(handler, path, ""), REPEAT) for name, path in public.items()},
    }
    hello = _asking(handler, "/hello", "")
    found = [_figure(name, ask, hello, limit) for name, (ask, limit) in asked.items()]
    if (name := os.environ.get(TOLD, "")) in asked:
        _tell(asked[name][0])
    return found


def _person(name: str) -> Person:
    email = f"{name}@contoh.id"
    return Person.objects.filter(email=email).first() or Person.objects.create_user(email, name=name.title())


def _told_report(citizen: Person) -> str:
    """A report with something to tell: taken on, noted, commented and solved."""
    officer = Person.objects.get(email="petugas@contoh.id")
    sent = reports.Submission(reports.made_id("bench", "pages"), "road_damage", "Lubang di depan pasar", *STREET)
    found = routing.submit(sent, citizen).report
    Report.objects.filter(pk=found.pk).update(body=BODY)
    who = reports.Who(officer, reports.Actor.OFFICER, BODY)
    reports.accept(found.code, who, "")
    reports.note(found.code, who, "Kami datang besok.", internal=False)
    reports.comment(found.code, reports.Who(citizen, reports.Actor.CITIZEN), "Genangan makin dalam.")
    reports.start(found.code, who, "")
    reports.resolve(found.code, who, "Sudah ditambal.", no_photo_reason="Hujan deras")
    return str(found.code)


def cookies(person: Person) -> str:
    """A session as signing in makes one."""
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}; {settings.LANGUAGE_COOKIE_NAME}=id"


def _asking(handler: BaseHandler, path: str, cookies: str) -> Ask:
    """Asks for a page, past the server; answers the seconds of processor."""
    address, _mark, query = path.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "GET", "PATH_INFO": address, "QUERY_STRING": query, "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80", "REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "127.0.0.1", "HTTP_ACCEPT_ENCODING": "gzip",
        "HTTP_ACCEPT_LANGUAGE": "id", "wsgi.url_scheme": "http", "wsgi.input": BytesIO(),
    }  # fmt: skip
    if cookies:
        environ["HTTP_COOKIE"] = cookies

    def ask() -> float:
        begun = time.process_time()
        answer = handler.get_response(WSGIRequest(dict(environ)))
        taken = time.process_time() - begun
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answered {answer.status_code}")
        answer.close()
        return taken

    return ask


def _figure(name: str, ask: Ask, hello: Ask, limit: float) -> Figure:
    taken, bare = [], []
    for at in range(WARMING + TIMES):
        one, other = ask(), hello()
        if at >= WARMING:
            taken.append(one * 1e3)
            bare.append(other * 1e3)
    ratio, p95 = median(taken) / median(bare), quantiles(taken, n=20)[18]
    steps = min(calls(ask) for _ in range(3))
    beside = f"{median(taken):.2f} ms, p95 {p95:.2f}, a hello-world {median(bare):.2f}; {steps:,} calls of functions"
    return Figure(f"page: {name}", ratio, "hello", limit, False, beside)


def _tell(ask: Ask) -> None:
    profile = cProfile.Profile()
    profile.enable()
    for _ in range(TIMES):
        ask()
    profile.disable()
    pstats.Stats(profile).sort_stats("cumulative").print_stats(60)
