"""Between our tables and the lines of a bundle. What tells who a person is stays behind."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from django.utils.crypto import salted_hmac

from kentongan import bodies, casework, places, reports, routing
from kentongan.bodies.models import Body
from kentongan.catalogue.models import Category
from kentongan.network import facts
from kentongan.network.leaving.shapes import BodyLine, CategoryLine, EntryLine, Origin, PhotoLine, ReportLine
from kentongan.network.models import Trace
from kentongan.reports.models import Entry, Photo, Priority, Report
from kentongan.reports.storing import hash_claim

AREAS = ("province_code", "regency_code", "district_code", "village_code")
SAME_OF_REPORT = (
    "code", "submission_id", "digest", "channel", "sender", "text", "url", "answers", "asked", "occurred_at", "lon",
    "lat", "asset_layer", "asset_id", "asset_name",
    "place_quality", "state", "ending", "decision", "privacy", "seq", "support_count", "comment_count",
    "contest_count", "reopen_count", "stars", "created_at", "updated_at", "deadline_at", "answer_by", "asked_at",
    "ended_at", "is_demo",
)  # fmt: skip
SAME_OF_ENTRY = ("seq", "kind", "at", "actor", "state_from", "state_to", "visibility", "text")
WHO_WORKS = ("assignee", "from_assignee", "team", "mentions")  # keys of rows here: they would name others there
SAME_OF_PHOTO = (
    "id", "role", "content_type", "size", "width", "height", "sha256", "phash", "marks", "uploaded_at",
)  # fmt: skip
SAME_OF_BODY = (
    "code", "name_id", "name_en", "level", "area_code", "duties", "email", "phone", "website", "partner_from",
    "partner_until", "asks_second_factor", "told_here", "begun", "accent",
)  # fmt: skip
SAME_OF_CATEGORY = (
    "code", "name_id", "name_en", "hint_id", "hint_en", "icon", "keywords_id", "keywords_en", "questions",
    "asset_layer", "asset_question",
    "needs_place", "emergency", "restricted", "deadline_hours", "position", "active",
)  # fmt: skip


def report_line(report: Report, original: str | None, trace: Trace | None, *, passed_on: bool) -> dict[str, Any]:
    """The line of a report; `original` is the code of the one that it repeats."""
    secret = f"{facts.instance()}/{report.code}"
    return _same(report, SAME_OF_REPORT) | {
        "category": report.category_id, "body": report.body_id, "areas": report.area_codes, "original": original,
        "restricted": report.is_restricted, "claim": _claim(report), "origin": _origin(report, trace),
        "pseudonym": salted_hmac("kentongan.leaving", secret, algorithm="sha256").hexdigest()[:32],
        "passed_on": passed_on, "address": places.kept_facts(report.address),
        "priority": Priority(report.priority).word,
    }  # fmt: skip


def entry_line(entry: Entry) -> dict[str, Any]:
    """The line of an entry, without the person who made it and the one who was to work on it."""
    return _same(entry, SAME_OF_ENTRY) | {
        "report": entry.report.code, "id": facts.entry_facts(entry)["id"], "body": entry.body_id,
        "data": _without_who(entry.data),
    }  # fmt: skip


def photo_line(photo: Photo, code: str, file: str, length: int, *, original: bool) -> dict[str, Any]:
    """The line of a photo whose member is `file` of `length` bytes; where it was taken goes with originals only."""
    where = {"taken_at": photo.taken_at, "lon": photo.lon, "lat": photo.lat} if original else {}
    kind = photo.content_type if original else "image/jpeg"
    return _same(photo, SAME_OF_PHOTO) | where | {
        "report": code, "entry_seq": photo.entry_seq or 1, "file": file, "bytes": length, "content_type": kind,
    }  # fmt: skip


def body_line(body: Body, *, moves: bool) -> dict[str, Any]:
    """The line of a body, with its own rules, its logo and what it has set up where it moves."""
    code = body.code
    own = {"division": _division(code), "logo": _logo(code), "setup": casework.setup_of(code)} if moves else {}
    return _same(body, SAME_OF_BODY) | {"parent": body.parent_id, "moves": moves} | own


def _division(body: str) -> dict[str, Any] | None:
    kept = routing.division_version(body)
    if kept is None:
        return None
    return {"number": kept.number, "rules": kept.rules, "why": kept.why, "at": kept.at}


def _logo(body: str) -> str:
    kept = bodies.logo(body)
    return b64encode(bytes(kept.content)).decode() if kept else ""


def category_line(category: Category) -> dict[str, Any]:
    """The line of a category."""
    return _same(category, SAME_OF_CATEGORY) | {"parent": category.parent_id}


def restored(report: ReportLine, entries: list[EntryLine], photos: list[PhotoLine]) -> reports.Restored:
    """Rows that are not stored yet, as they were at the instance that made the bundle."""
    row = Report(
        **_same(report, SAME_OF_REPORT), category_id=report.category, body_id=report.body,
        is_restricted=report.restricted, claim_hash=report.claim, address=_address(report),
        priority=Priority[report.priority.upper()],
        **dict(zip(AREAS, report.areas, strict=False)),
    )  # fmt: skip
    return reports.Restored(row, tuple(_entry(one) for one in entries), tuple(_photo(one) for one in photos))


def trace_of(line: ReportLine, report: Report) -> Trace:
    """Where the report began and how it came here."""
    origin = line.origin
    return Trace(
        report=report, origin=origin.instance, origin_code=origin.code, origin_url=origin.url,
        path=[*origin.path, facts.instance()], bounces=origin.bounces, declined_by=origin.declined_by,
        undecided=origin.undecided, final=origin.final, pseudonym=line.pseudonym,
    )  # fmt: skip


def body_row(line: BodyLine) -> Body:
    """A body that is not stored yet."""
    return Body(**_same(line, SAME_OF_BODY), parent_id=line.parent)


def category_row(line: CategoryLine) -> Category:
    """A category that is not stored yet."""
    return Category(**_same(line, SAME_OF_CATEGORY), parent_id=line.parent)


def _address(line: ReportLine) -> str:
    """The address as it was kept there; of a bundle that holds none the one that the streets here give."""
    if line.address:
        return places.address_of(line.address).kept()
    return "" if line.lon is None or line.lat is None else places.address_at(line.lon, line.lat).kept()


def _entry(line: EntryLine) -> Entry:
    peer = {**line.data.get("peer", {}), "entry": line.id}
    return Entry(**_same(line, SAME_OF_ENTRY), body_id=line.body, data={**_without_who(line.data), "peer": peer})


def _without_who(data: dict[str, Any]) -> dict[str, Any]:
    return {name: told for name, told in data.items() if name not in WHO_WORKS}


def _photo(line: PhotoLine) -> Photo:
    quarters = {f"quarter_{at}": line.phash[at * 4 : at * 4 + 4] for at in range(4)}
    return Photo(
        **_same(line, SAME_OF_PHOTO), **quarters, entry_seq=line.entry_seq, taken_at=line.taken_at, lon=line.lon,
        lat=line.lat,
    )  # fmt: skip


def _claim(report: Report) -> str:
    """The hash of the token of a reporter with an account; of one without, the hash of the token they hold."""
    return hash_claim(reports.moved_token(report)) if report.reporter_id else report.claim_hash


def _origin(report: Report, trace: Trace | None) -> dict[str, Any]:
    here = facts.instance()
    if trace is None:
        trace = Trace(origin=here, origin_code=report.code, path=[here])
    url = trace.origin_url or (facts.link(f"r/{report.code}") if trace.origin == here else "")
    return Origin(
        instance=trace.origin, code=trace.origin_code, url=url, path=trace.path, bounces=trace.bounces,
        declined_by=trace.declined_by, undecided=trace.undecided, final=trace.final,
    ).model_dump()  # fmt: skip


def _same(one: object, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(one, name) for name in names}
