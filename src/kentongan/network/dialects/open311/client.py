"""GeoReport v2 and FixMyStreet's updates: discover, file, follow."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kentongan.foundation.problems import Problem
from kentongan.network import open311_states as words
from kentongan.network.calling import answered
from kentongan.network.dialects.base import (
    Dialect,
    Discovery,
    Done,
    Later,
    Line,
    Offered,
    Outcome,
    Parcel,
    Parked,
    Update,
)
from kentongan.network.dialects.open311 import filing, reading, times, web

FORMATS = ("json", "xml")
CHUNK = 40  # ids in one call
CLOCKS = timedelta(hours=2)  # by which theirs may be wrong
MOST_DEFINITIONS = 200
REQUEST = ("service_requests", "requests", "request")
UPDATE = ("service_request_updates", "request_updates", "request_update", "update")
PASSING = {404, 408, 409, 425, 429}
# What of a timeline FixMyStreet is told, and in which word.
TOLD = {
    "commented": "UNCHANGED",
    "noted": "UNCHANGED",
    "contested": "UNCHANGED",
    "reopened": "REOPEN",
    "confirmed": "FIXED",
    "hidden": "UNCHANGED",
    "shown_again": "UNCHANGED",
}


class Open311(Dialect):
    """A city that speaks plain GeoReport v2: it is sent requests, and asked how they stand."""

    name: ClassVar[str] = "open311"
    title: ClassVar[str | Promise] = "Open311 GeoReport v2"
    polls: ClassVar[bool] = True
    asks_by_id: ClassVar[bool] = True
    maps_services: ClassVar[bool] = True

    def discover(self, line: Line) -> Discovery:
        """The endpoint that answers, its format and services. Raises Problem `no_open311`."""
        for endpoint in (line.endpoint.rstrip("/"), *_listed(line)):
            for fmt in FORMATS:
                found = web.get(replace(line, endpoint=endpoint), f"services.{fmt}")
                services = reading.records(found.found, "services", "service") if found.status == 200 else []
                if services:
                    here = replace(line, endpoint=endpoint, options={**line.options, "format": fmt})
                    offered = tuple(one for one in (_offered(here, service) for service in services) if one.code)
                    said = _("%(many)d services in %(format)s") % {"many": len(offered), "format": fmt.upper()}
                    return Discovery(here, _with_definitions(here, offered), (said,))
        raise Problem(
            "no_open311", 422, _("No Open311 services were found at this address. Check it, and the jurisdiction."),
            field="endpoint",
        )  # fmt: skip

    def test(self, line: Line) -> list[str]:
        """Sends the key with nothing that could be filed: a server that knows it asks for what is missing."""
        if not line.secret:
            return [_("No key is set: reports can be read, but not sent.")]
        reply = web.post(line, f"requests.{_format(line)}", [("api_key", line.secret)])
        fault = reading.fault(reply.found)
        code, said = fault or (reply.status, "")
        if 403 in {reply.status, code} or 401 in {reply.status, code}:
            return [_("The key is not accepted: %(words)s") % {"words": said or reply.status}]
        # A 404 in the words of the standard is about the service, of which nothing was said.
        if reply.status == 405 or (reply.status == 404 and not fault):
            return [_("The server takes no reports at this address (%(status)d).") % {"status": reply.status}]
        if reply.status >= 500:
            return [_("The server has a fault of its own (%(status)d).") % {"status": reply.status}]
        return []

    def carries(self, kind: str) -> bool:
        """None: the plain standard has no way to tell news."""
        return False

    def sample(self, line: Line, parcel: Parcel) -> list[tuple[str, str]]:
        """The form that would be sent, without the key."""
        return filing.fields(line, parcel)

    def send(self, line: Line, parcels: Sequence[Parcel]) -> list[Outcome]:
        """Files a request, or tells what happened to it."""
        return [self._file(line, one) if one.kind == "request" else self._tell(line, one) for one in parcels]

    def poll(self, line: Line, since: datetime, until: datetime, open_ids: Sequence[str]) -> Iterator[Update]:
        """How the open requests stand. A change of status, words or time is news with a name of its own."""
        for at in range(0, len(open_ids), CHUNK):
            asked = open_ids[at : at + CHUNK]
            ours = reading.names(asked)
            for record in _standings(line, asked, ours):
                if news := self._standing(line, record, ours):
                    yield news

    def resolve_tokens(self, line: Line, tokens: Sequence[str]) -> dict[str, str]:
        """Asks for each token; many servers have its id within minutes, some within days."""
        found = {}
        for token in tokens:
            reply = web.get(line, f"tokens/{token}.{_format(line)}")
            for record in reading.records(reply.found, *REQUEST) if reply.status == 200 else []:
                if named := reading.field(record, "service_request_id"):
                    found[token] = named
        return found

    def _file(self, line: Line, parcel: Parcel) -> Outcome:
        if parcel.again and (there := self._find(line, parcel)):
            return Done(remote_id=there)
        try:
            given = filing.fields(line, parcel)
        except Problem as problem:
            return Parked(str(problem.detail))
        files = _uploads(parcel) if line.options.get("photos") == "upload" else None
        reply = web.post(line, f"requests.{_format(line)}", [("api_key", line.secret), *given], files)
        for record in reading.records(reply.found, *REQUEST):
            named, token = reading.field(record, "service_request_id"), reading.field(record, "token")
            if named or token:
                return Done(remote_id=named, token="" if named else token)
        return self._refused(line, parcel, reply)

    def _refused(self, line: Line, parcel: Parcel, reply: web.Reply) -> Outcome:
        """Their refusal: a passing fault, or one that a person has to look at."""
        code, said = reading.fault(reply.found) or (0, "")
        status = code if reply.status < 400 and code else reply.status
        if status in {401, 403}:
            return Parked(_("They do not accept our key: %(words)s") % {"words": said or status})
        if status in PASSING or status >= 500 or (reply.found is None and status < 400):
            after = timedelta(seconds=reply.retry_after) if reply.retry_after else None
            return Later(said or answered(status), after)
        # Some servers refuse what they have already.
        if ("duplicate" in said.lower() or "already" in said.lower()) and (there := self._find(line, parcel)):
            return Done(remote_id=there)
        return Parked(said or _("They refused it without a reason (%(status)d).") % {"status": status})

    def _find(self, line: Line, parcel: Parcel) -> str:
        """Their id of a report that may have arrived before: it names our page or our code."""
        since = datetime.fromisoformat(parcel.report["created_at"]) - CLOCKS
        reply = web.get(
            line, f"requests.{_format(line)}", service_code=parcel.service.code if parcel.service else "",
            start_date=_w3c(since), end_date=_w3c(timezone.now() + CLOCKS),
        )  # fmt: skip
        _refuse(reply)
        for record in reading.records(reply.found, *REQUEST):
            text = reading.field(record, "description")
            if parcel.report["link"] in text or parcel.report["code"] in text:
                return reading.field(record, "service_request_id")
        return ""

    def _tell(self, line: Line, parcel: Parcel) -> Outcome:
        """The plain standard has no way to tell news. That a result was rejected must not go under, though."""
        if parcel.entry.get("kind") == "reopened":
            return Parked(_("They cannot be told by this protocol that it is not solved. Tell them in another way."))
        return Done()

    def _standing(self, line: Line, record: reading.Record, ours: dict[str, str]) -> Update | None:
        named, status = reading.name(record, ours), reading.field(record, "status")
        notes = reading.field(record, "status_notes")
        if not named or not status:
            return None
        written = reading.field(record, "updated_datetime", "requested_datetime")
        at = times.moment(written, str(line.options.get("timezone", ""))) or timezone.now()
        name = hashlib.sha256(f"{named}\0{status.lower()}\0{written}\0{notes}".encode()).hexdigest()[:40]
        return _update(name, named, at, status, notes, ())


class FixMyStreet(Open311):
    """A server that also tells news of each request, and takes ours, by FixMyStreet's extension."""

    name: ClassVar[str] = "fixmystreet"
    title: ClassVar[str | Promise] = gettext_lazy("FixMyStreet, Open311 with updates")
    asks_by_id: ClassVar[bool] = False

    def carries(self, kind: str) -> bool:
        """What their words have a status for."""
        return kind in TOLD

    def poll(self, line: Line, since: datetime, until: datetime, open_ids: Sequence[str]) -> Iterator[Update]:
        """The news of a window of time. Both ends are given: with only one some servers answer nothing."""
        reply = web.get(
            line, f"servicerequestupdates.{_format(line)}", start_date=_w3c(since), end_date=_w3c(until),
            api_key=line.secret,
        )  # fmt: skip
        _refuse(reply)
        zone, ours = str(line.options.get("timezone", "")), reading.names(open_ids)
        for record in reading.records(reply.found, *UPDATE):
            named, name = reading.name(record, ours), reading.field(record, "update_id")
            code, status = reading.field(record, "fixmystreet_id"), reading.field(record, "status")
            if (named or code) and name and status:
                at = times.moment(reading.field(record, "updated_datetime"), zone) or timezone.now()
                media = reading.several(record, "media_url", "media_urls")
                news = _update(name, named, at, status, reading.field(record, "description"), media)
                yield replace(news, code=code)

    def _tell(self, line: Line, parcel: Parcel) -> Outcome:
        entry = parcel.entry
        status = TOLD.get(entry.get("kind", ""))
        if status is None or not parcel.remote_id:
            return Done() if status is None else Later(_("They have given no id yet."))
        said = entry["text"] or entry.get("words", "")
        given = [
            ("api_key", line.secret), ("service_request_id", parcel.remote_id),
            ("service_request_id_ext", parcel.report["code"]), ("update_id", entry["id"]), ("status", status),
            ("updated_datetime", entry["at"]), ("description", said), ("public_anonymity_required", "TRUE"),
            ("email_alerts_requested", "FALSE"),
        ]  # fmt: skip
        given += [("media_url", one.url) for one in parcel.pictures if one.url]
        reply = web.post(line, f"servicerequestupdates.{_format(line)}", given)
        code, said = reading.fault(reply.found) or (0, "")
        known = "already exists" in said.lower()
        if known or (reply.status < 300 and not code):
            return Done()
        return self._refused(line, parcel, reply)


def _update(name: str, named: str, at: datetime, status: str, text: str, media: tuple[str, ...]) -> Update:
    """News in our words; a status that nobody knows is told as it stands."""
    meant = words.meaning(status)
    if meant is None:
        return Update(name, named, at, f"{status}. {text}".strip(), media=media)
    return Update(name, named, at, text, meant.state, meant.ending, meant.returned, media)


def _listed(line: Line) -> list[str]:
    """The endpoints that a discovery document at the address names, those in production first."""
    found: list[tuple[bool, str]] = []
    for fmt in FORMATS:
        reply = web.get(line, f"discovery.{fmt}")
        if reply.status == 200 and isinstance(reply.found, dict):
            document = reply.found.get("discovery", reply.found)
            for one in reading.records(document.get("endpoints") if isinstance(document, dict) else None, "endpoint"):
                if url := reading.field(one, "url"):
                    found.append((reading.field(one, "type").lower() != "production", url.rstrip("/")))
    return list(dict.fromkeys(url for _test, url in sorted(found)))


def _offered(line: Line, service: reading.Record) -> Offered:
    keywords = tuple(word.strip() for word in reading.field(service, "keywords").split(",") if word.strip())
    return Offered(
        reading.field(service, "service_code", "code"), reading.field(service, "service_name", "name"),
        reading.field(service, "description"), keywords, reading.field(service, "group"),
        ({"metadata": True},) if reading.field(service, "metadata").lower() == "true" else (),
    )  # fmt: skip


def _with_definitions(line: Line, offered: tuple[Offered, ...]) -> tuple[Offered, ...]:
    asking = [one.code for one in offered if one.attributes]
    known = {code: _definition(line, code) for code in asking[:MOST_DEFINITIONS]}
    return tuple(
        replace(one, attributes=known.get(one.code) or (), unread=one.code in asking and known.get(one.code) is None)
        for one in offered
    )


def _definition(line: Line, code: str) -> tuple[dict[str, Any], ...] | None:
    """What a service asks for; None where that was not to be read."""
    reply = web.get(line, f"services/{code}.{_format(line)}")
    if reply.status != 200 or reply.found is None:
        return None
    document = reply.found[0] if isinstance(reply.found, list) and reply.found else reply.found
    document = document.get("service_definition", document) if isinstance(document, dict) else {}
    found = reading.records(document.get("attributes") if isinstance(document, dict) else None, "attribute")
    return tuple(
        {
            "code": reading.field(one, "code"), "datatype": reading.field(one, "datatype"),
            "required": reading.field(one, "required"), "variable": reading.field(one, "variable") or "true",
            "description": reading.field(one, "description"),
            "values": [
                {"key": reading.field(value, "key"), "name": reading.field(value, "name")}
                for value in reading.records(one.get("values"), "value")
            ],
        }
        for one in found
    )  # fmt: skip


def _standings(line: Line, ids: Sequence[str], ours: dict[str, str]) -> Iterator[reading.Record]:
    """The requests of these ids. Some servers answer 404 to all for one they do not know: each is asked for alone."""
    reply = web.get(line, f"requests.{_format(line)}", service_request_id=",".join(ids))
    if reply.status == 404 and reading.fault(reply.found):
        for one in ids if len(ids) > 1 else ():
            yield from _standings(line, [one], ours)
        return
    _refuse(reply)
    answered_for = set()
    for record in reading.records(reply.found, *REQUEST):
        answered_for.add(reading.name(record, ours))
        yield record
    # Some answer for the first only, or give pages smaller than asked: the rest is asked for one by one.
    for one in ids if len(ids) > 1 else ():
        if one not in answered_for:
            yield from _standings(line, [one], ours)


def _uploads(parcel: Parcel) -> list[Any]:
    found = [one for one in parcel.pictures if one.role == "report"]
    return [("media", (f"photo-{number}.jpg", one.read(), "image/jpeg")) for number, one in enumerate(found, 1)]


def _refuse(reply: web.Reply) -> None:
    """Raises Problem where an answer to a question is none: the window must not move on past it."""
    told = reading.fault(reply.found)
    if reply.status != 200 or reply.found is None or (told and told[0] >= 400):
        said = told[1] if told else ""
        raise Problem("no_answer", 502, said or _("The server answered %(status)d.") % {"status": reply.status})


def _format(line: Line) -> str:
    return str(line.options.get("format", "xml"))


def _w3c(at: datetime) -> str:
    return at.astimezone(timezone.get_default_timezone()).isoformat(timespec="seconds")
