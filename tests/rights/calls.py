"""Every call that can be made: each route of the resolver by each method, and each step and act behind one route."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from kentongan.console import peers as peer_pages
from kentongan.console.steps import STEPS
from kentongan.web.neighbour_steps import STEPS as NEIGHBOURS
from kentongan.web.report_page import ACTS
from tests.pictures import picture
from tests.rights.scene import OTHER, PARTNER, TAKER, Scene
from tests.world import submission


@dataclass(frozen=True)
class Call:
    """One row of the table: `name` as it is written there, where the call goes, what it sends."""

    name: str
    method: str
    path: str
    sent: dict[str, Any]
    as_json: bool


def calls(scene: Scene) -> list[Call]:
    """All of them, in the order of the resolver."""
    made: dict[str, Call] = {}
    for route in routes(get_resolver().url_patterns):
        for method in methods(route):
            for variant in variants(route, method):
                name = f"{method} /{variant or route}"
                made.setdefault(name, _call(scene, name, method, variant or route))
    return list(made.values())


def routes(found: Any, before: str = "") -> list[str]:
    """The routes of all rooms, with their variables as `{name}`."""
    told: list[str] = []
    for one in found:
        written = before + str(one.pattern)
        if isinstance(one, URLResolver):
            told += routes(one.url_patterns, written)
        elif isinstance(one, URLPattern):
            plain = re.sub(r"\(\?P<(\w+)>\[[^]]*\]\+\)|\(\?P<(\w+)>\.\+\)", r"{\1\2}", written)
            plain = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", plain)
            told.append(re.sub(r"[\^$]|\\Z", "", plain))
    return told


def methods(route: str) -> tuple[str, ...]:
    """GET and POST everywhere; DELETE where the API has it."""
    return ("GET", "POST", "DELETE") if route.startswith("api/v1/tokens") else ("GET", "POST")


def variants(route: str, method: str) -> list[str]:
    """What is behind one route: the steps of citizens and officers, and what is done with a peer."""
    if route == "r/{code}/{step}":
        return [f"r/{{code}}/{step}" for step in ACTS] if method == "POST" else ["r/{code}/{step}"]
    if route == "console/reports/{code}/steps/{name}":
        return [f"console/reports/{{code}}/steps/{step}" for step in STEPS] if method == "POST" else [route]
    if route == "lingkungan/{group}/{step}" and method == "POST":
        return [f"lingkungan/{{group}}/{step}" for step in NEIGHBOURS]
    if route == "console/warnings/{number}" and method == "POST":
        return [f"{route} do={do}" for do in ("publish", "cancel", "discard")]
    if route == "console/peers/{name}" and method == "POST":
        return [f"console/peers/{{name}} do={do}" for do in peer_pages.ACTS]
    return [""]


# Which report a step is tried with, by the last part of the address.
TRIED_WITH = {
    "start": "accepted", "refer": "accepted", "resolve": "accepted", "undo": "resolved", "uphold": "contested",
    "unmerge": "merged", "confirm": "resolved", "rating": "resolved", "rate": "resolved", "reopen": "resolved",
    "contest": "resolved",
}  # fmt: skip
API = {
    "accept": {"text": "x"}, "start": {"text": "x"}, "notes": {"text": "x"}, "refer": {"text": "x"},
    "transfer": {"text": "x", "body": OTHER}, "return": {"text": "x"}, "undo": {"text": "x"},
    "resolve": {"text": "x", "no_photo_reason": "malam"}, "reject": {"text": "x"}, "unmerge": {"text": "x"},
    "split": {"parts": [{"body": TAKER, "text": "x"}, {"body": OTHER, "text": "y"}]}, "unsplit": {"text": "x"},
    "uphold": {"text": "x"}, "assign": {"to": "me"}, "priority": {"priority": "high"}, "ask": {"text": "x"},
    "support": {}, "comments": {"text": "x"}, "rating": {"stars": 4}, "confirm": {},
    "reopen": {"text": "x"}, "contest": {"text": "x"},
    "positions": {"lon": 106.82, "lat": -6.17}, "messages": {"text": "x"}, "cancel": {}, "end": {},
    "preview": {"category": "road_damage", "lon": 106.8, "lat": -6.2},
    "tokens": {"email": "tidak@contoh.id", "password": "salah"},
}  # fmt: skip


def _values(scene: Scene, route: str, code: str) -> dict[str, str]:
    """What stands for the variables of a route."""
    values = {
        "token": scene.ids["token id"], "photo_id": scene.ids["open photo"], "size": "thumb",
        "step": "say" if "darurat" in route else "support",
        "z": "7", "x": "1", "y": "1", "fmt": "json", "rest": "apa", "colour": "7a4a21",
        "zoom": "12", "point": "106.8,-6.2", "uidb36": "1", "key": "abc-def",
        "pk": scene.ids["proposal"] if "numbers" in route else scene.ids["proposed"] if "warnings" in route else "1",
        "alert_id": scene.ids["alert"], "media_id": scene.ids["open photo"], "timer_id": scene.ids["alert"],
        "provider_id": "oidc", "membership": scene.ids["membership"], "invitation": scene.ids["invited"],
        "promise": scene.ids["promise"], "group": scene.ids["group"], "bulk": scene.ids["bulk"],
        "name": "pengait" if "hooks" in route else "note" if "alerts" in route else PARTNER, "code": code,
        "kind": "csv", "unit": "1", "do": "beat", "number": scene.ids["warning" if "console/" in route else "warned"],
    }  # fmt: skip
    _codes(scene, route, values)
    return values


# Whose token an address holds, by its first word.
TOKENS = {"claim": "claim", "invitation": "invitation", "reply": "reply", "keluarga": "seen", "masuk": "masuk",
          "titik": "titik"}  # fmt: skip


def _codes(scene: Scene, route: str, values: dict[str, str]) -> None:
    """Where a variable of this name means something else."""
    if route.startswith(("console/bodies", "body/", "api/v1/bodies")):
        values["code"] = TAKER
    elif route.startswith(("area/", "nomor/", "map/outline", "map/places")):
        values["code"] = "31"
    elif "categories" in route or "services/" in route:
        values["code"] = "road_damage"
    elif route.startswith("console/peers/asked"):
        values["name"] = scene.ids["inquiry"]
    elif route.startswith("console/reports/{code}/steps/{"):
        values["name"] = "accept"
    elif route.startswith("map/static"):
        values["size"] = "64x64"
    elif named := TOKENS.get(route.removeprefix("lingkungan/").partition("/")[0]):
        values["token"] = scene.ids[named]
    elif route.startswith("network/v1/photos"):
        values["photo_id"] = scene.ids["handed photo"]


def _call(scene: Scene, name: str, method: str, route: str) -> Call:
    route, _space, do = route.partition(" do=")
    last = route.rstrip("/").rpartition("/")[2]
    report = TRIED_WITH.get(last, "open")
    code = scene.code(report)
    values = _values(scene, route, code)
    path = "/" + re.sub(r"{(\w+)}", lambda found: values[found[1]], route)
    if method == "GET":
        asked = {"duplicates": "?category=road_damage&lon=106.8&lat=-6.2", "locate": "?lon=106.8&lat=-6.2",
                 "table.{kind}": f"?body={TAKER}",
                 "bulk": f"?body={TAKER}", "new": f"?body={TAKER}", "desk/reports": f"?body={TAKER}",
                 "live": f"?topic=desk:{TAKER}",
                 "areas": "?q=jakarta", "places": "?q=jakarta", "suggest": "?text=lubang",
                 "usul": "?lon=106.8&lat=-6.2",
                 "assets": "?category=street_light&lon=106.8&lat=-6.2"}  # fmt: skip
        return Call(name, method, path + asked.get("desk/reports" if "desk/" in route else last, ""), {}, as_json=False)
    if route.startswith("api/"):
        return Call(name, method, path, _json(scene, last), as_json=last not in {"photos", "media"})
    if route.startswith("network/"):
        said: dict[str, Any] = {"url": "http://calon.example", "instance": "calon.example"}
        if last == "alerts":
            said = {"alerts": []}
        elif last == "messages":
            said = {"messages": []}
        elif "hooks" in route:
            told = {"code": scene.code("open"), "text": "x"}
            said = {"type": "report.noted", "timestamp": timezone.now().isoformat(), "data": told}
        return Call(name, method, path, said, as_json=True)
    return Call(name, method, path, _form(scene, last, report, do), as_json=False)


def _json(scene: Scene, last: str) -> dict[str, Any]:
    if last in {"photos", "media"}:
        return {"file": picture(5)}
    if last == "alerts":
        return {"alert_id": str(uuid4()), "lon": 106.82, "lat": -6.17}
    if last == "timers":
        return {"timer_id": str(uuid4()), "minutes": 5}
    if last == "reports":
        given = submission()
        return {
            "submission_id": str(uuid4()), "category": given.category, "text": given.text, "lon": given.lon,
            "lat": given.lat,
        }  # fmt: skip
    if last == "merge":
        return {"original": scene.code("hidden")}
    if last == "bulk":
        chosen = [{"code": scene.code("open"), "seq": scene.reports["open"].seq}]
        return {"body": TAKER, "token": str(uuid4()), "do": {"to": "me"}, "reports": chosen}
    if last == "template":
        return {"template": int(scene.ids["template"]), "version": 1, "expected_seq": scene.reports["open"].seq}
    return API.get(last, {})


def _form(scene: Scene, last: str, report: str, do: str) -> dict[str, Any]:
    """What forms send, all in one: each reads what it knows."""
    given = {
        "text": "Alasan", "reason": "Alasan", "body": OTHER, "original": scene.code("hidden"), "stars": "4",
        "no_photo_reason": "malam", "expected_seq": str(scene.reports[report].seq), "visibility": "internal",
        "email": "orang@contoh.id", "role": "officer", "step": "photo", "name": "Nama", "sure": "yes", "label": "Skrip",
        "service_code": "road_damage", "lat": "-6.2", "long": "106.8", "description": "Lubang", "language": "en",
        "to": "me", "priority": "high", "workdays": "0", "tell": "all", "escalate_to": "nobody", "solve_hours": "24",
    }  # fmt: skip
    given |= {"usul": {"lon": "106.8"}, "split": {"part": [TAKER, OTHER], "words": ["x", "y"]},
              "draft": {"step": "note"}, "new": {"body": TAKER}}.get(last, {})  # fmt: skip
    given |= {"do": do, "version": "1"} if do else {}
    if last == "views":
        given |= {"body": TAKER, "asked": "state=open"}
    if last == "template":
        given |= {"template": scene.ids["template"], "version": "1"}
    if last == "templates":
        given |= {"step": "accept"}
    if last == "begin":
        row = f"{scene.code('open')}:{scene.reports['open'].seq}"
        given |= {"body": TAKER, "token": str(uuid4()), "row": row, "do": "assign"}
    if last == "login":
        given |= {"login": "tidak@contoh.id", "password": "salah"}
    if last == "duty":
        given |= {"do": "begin", "post": scene.ids["post"]}
    if last in ("keluarga", "place"):
        given |= {"do": "begin", "minutes": "60", "lon": "106.8", "to": ""}
    if last == "contest":
        given |= {"photos": picture(6)}
    if last == "requests.json" or last == "requests.{fmt}":
        given.pop("email")
    return given


READS = (
    "GET /r/{code}", "POST /r/{code}/comment", "GET /r/{code}/photo/{photo_id}/thumb", "GET /api/v1/reports/{code}",
    "GET /api/v1/reports/{code}/timeline", "GET /api/v1/photos/{photo_id}/thumb",
    "POST /api/v1/reports/{code}/comments",
    "POST /api/v1/reports/{code}/accept", "POST /api/v1/reports/{code}/merge",
    "GET /open311/v2/requests/{code}.json", "GET /open311/v2/tokens/{code}.json", "GET /network/v1/reports/{code}",
    "GET /console/reports/{code}", "GET /console/photos/{photo_id}/thumb", "POST /console/reports/{code}/identity",
    "POST /console/reports/{code}/steps/note",
)  # fmt: skip
KINDS = ("hidden", "secret", "never", "merged", "original", "moved", "handed", "nameless")


def calls_of_kinds(scene: Scene) -> list[Call]:
    """What leads to one report, for reports of each kind."""
    made = []
    for kind in KINDS:
        for name in READS:
            method, route = name.split(" /")
            if "{photo_id}" in route and f"{kind} photo" not in scene.ids:
                continue
            path = "/" + route.replace("{code}", scene.code(kind))
            path = path.replace("{photo_id}", scene.ids.get(f"{kind} photo", ""))
            last = route.rpartition("/")[2]
            as_json = route.startswith("api/")
            sent = {} if method == "GET" else _json(scene, last) if as_json else _form(scene, last, kind, "")
            made.append(Call(f"{kind}: {name}", method, path, sent, as_json))
    return made
