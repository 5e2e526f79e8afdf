"""The queue as a table to take along: CSV and XLSX, streamed; and its deadlines as a calendar."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _later
from django.views.decorators.http import require_safe

from kentongan import bodies, casework, places
from kentongan.console import lists, looks, workbooks
from kentongan.console.doors import for_staff, person_of
from kentongan.foundation.problems import Problem
from kentongan.foundation.remembering import remembered
from kentongan.people.models import Person
from kentongan.reports.states import Status

MOST, MOST_EVENTS = 100_000, 500  # rows of a table, deadlines of a calendar
PAST = timedelta(days=30)  # of a calendar: older ones would take the room of those to come (kanboard/kanboard#964)
LINES = 500  # of CSV that are sent together
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What a spreadsheet takes for the beginning of a formula (OWASP, "CSV Injection"), also behind blanks. Where the comma
# is the decimal sign, as in Indonesia, it begins a cell at a semicolon, also amid a text, and a row at a line's end:
# its quotes hold together only what they begin (OWASP/www-community#443).
FORMULA = re.compile("(?:^|(?<=[;\t\r\n]))(?=[ \u00a0\"']*[=+\\-@＝＋－＠])|^(?=[ \u00a0]*[\t\r\n])")
STATUSES = {
    Status.WAITING: _later("New"), Status.IN_PROCESS: _later("In process"), Status.DONE: _later("Done"),
    Status.CLOSED: _later("Closed"), Status.NO_PARTNER: _later("No partner yet"),
}  # fmt: skip
COLUMNS = (
    _later("Code"), _later("Status"), _later("Category"), _later("Text"), _later("Street"), _later("District"),
    _later("Village"), _later("Longitude"), _later("Latitude"), _later("Sent"), _later("Changed"), _later("Deadline"),
    _later("Priority"), _later("In the hands of"), _later("Supporters"), _later("Objections"), _later("Sent by"),
    _later("Web address"), _later("Answers"),
)  # fmt: skip


@require_safe
@for_staff
def table(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The list that the address asks for, in its order, as `csv` or `xlsx`: at most 100,000 rows."""
    if kind not in {"csv", "xlsx"}:
        raise Problem("not_found", 404, _("There is no such table."))
    person, body = person_of(request), request.GET.get("body", "")
    asked = lists.asked_of(request, body)
    casework.count(person, body, asked.filter)  # refused before anything is sent
    rows = _rows(request, person, body, asked.filter)
    name = f"laporan-{body}-{timezone.now().astimezone(bodies.zone(body)):%Y%m%d}"
    pieces: Iterator[Any] = workbooks.written(rows) if kind == "xlsx" else _csv(rows)
    content_type = XLSX if kind == "xlsx" else "text/csv; charset=utf-8"
    answer = StreamingHttpResponse(_in_language(get_language(), pieces), content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return answer


@require_safe
def calendar(request: HttpRequest, token: str) -> HttpResponse:
    """The deadlines of a saved view for a calendar program, which brings no session: the address is the secret."""
    try:
        person, view, asked = casework.of_calendar(token)
        wanted = _with_deadline(asked)
        since = casework.starting(wanted, timezone.now() - PAST)
        found = list(casework.every(person, view.body_id, wanted, MOST_EVENTS, cursor=since))
    except Problem as problem:
        return HttpResponse(f"{problem.detail}\n", content_type="text/plain; charset=utf-8", status=problem.status)
    site = request.build_absolute_uri("/")[:-1]
    lines = "".join(f"{_folded(one)}\r\n" for one in _calendar(view.name, found, site))
    answer = HttpResponse(lines, content_type="text/calendar; charset=utf-8")
    answer["Cache-Control"] = "private, max-age=300"
    return answer


def _with_deadline(asked: casework.Filter) -> casework.Filter:
    return casework.read_filter({**_lists(asked.pairs()), "sort": ["deadline"]})


def _lists(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def _rows(request: HttpRequest, person: Person, body: str, asked: casework.Filter) -> Iterator[list[Any]]:
    """A header, the rows, and where there are more than fit, a line that says so."""
    yield [str(one) for one in COLUMNS]
    words = _words(request, body)
    found = casework.every(person, body, asked, MOST + 1)
    for one in islice(found, MOST):
        yield _row(one, words)
    if next(found, None) is not None:
        yield [_("There are more: filter the list, then take the rest.")]


class _Words(NamedTuple):
    """What all rows of a table say alike, made once: to look each up anew was a third of the work."""

    zone: ZoneInfo
    names: dict[int, str]
    statuses: dict[Status, str]
    priorities: dict[int, str]
    channels: dict[str, str]
    address: str  # of a report, without its code


def _words(request: HttpRequest, body: str) -> _Words:
    address = request.build_absolute_uri(reverse("console:report", args=["CODE"]))
    return _Words(
        bodies.zone(body),
        {one.pk: one.name for one in casework.workers_of(body, below=True)},
        {key: str(word) for key, word in STATUSES.items()},
        {int(key): str(word) for key, word in looks.PRIORITIES.items()},
        {key: str(word) for key, word in lists.CHANNELS.items()},
        address.removesuffix("CODE"),
    )


def _row(one: casework.Queued, words: _Words) -> list[Any]:
    times = [_local(at, words.zone) for at in (one.created_at, one.updated_at, one.deadline_at)]
    return [
        one.code, words.statuses[one.status], str(one.category.name), one.text or one.url,
        places.kept_facts(one.address).get("street", ""),
        _area(one.village_code[:8]), _area(one.village_code), one.lon, one.lat, *times,
        words.priorities[one.priority], words.names.get(one.assignee_id or 0, ""), one.support_count,
        one.contest_count, words.channels.get(one.channel, one.channel), words.address + one.code, _answers(one),
    ]  # fmt: skip


def _answers(one: casework.Queued) -> str:
    """What was asked and answered, a line each."""
    return "\n".join(f"{asked} {answer}" for asked, answer in one.told)


def _local(at: datetime | None, zone: ZoneInfo) -> str:
    return at.astimezone(zone).isoformat(" ", "minutes") if at else ""


@remembered(maxsize=10_000)
def _area(code: str) -> str:
    found = places.area(code) if code else None
    return str(found.name) if found else code


def defused(value: Any) -> Any:
    """A text that no spreadsheet reads as a formula; numbers are left as they are."""
    if isinstance(value, str):
        return FORMULA.sub("'", value)
    return "" if value is None else value


def _csv(rows: Iterable[list[Any]]) -> Iterator[str]:
    class Echo:
        """What is written is given back."""

        def write(self, text: str) -> str:
            return text

    writer = csv.writer(Echo())
    yield "\ufeff"  # by which a spreadsheet knows that it is UTF-8
    lines = (str(writer.writerow([defused(_plain(one)) for one in row])) for row in rows)
    while some := "".join(islice(lines, LINES)):
        yield some


def _in_language(language: str | None, pieces: Iterator[Any]) -> Iterator[Any]:
    """Each piece in the language of the request, which has been put away by the time that it is made."""
    while True:
        with override(language):
            piece = next(pieces, None)
        if piece is None:
            return
        yield piece


def _plain(value: Any) -> Any:
    return value.replace("\0", "") if isinstance(value, str) else value


def _calendar(name: str, found: Iterable[casework.Queued], site: str) -> Iterator[str]:
    """Lines of iCalendar (RFC 5545). Calendars are kept by others: the words of a report are not among them."""
    yield from (
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Kentongan//desk//ID", f"X-WR-CALNAME:{_escaped(name)}",
        # Programs that are not told ask once a day, or never again (Radarr/Radarr#5330): RFC 7986, and Outlook's own.
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H", "X-PUBLISHED-TTL:PT1H",
    )  # fmt: skip
    for one in found:
        if one.deadline_at is None or one.asked_at is not None:  # while the reporter is asked nobody knows when
            continue
        begin = one.deadline_at.astimezone(UTC)
        what = _("Deadline of a report that is not public") if one.is_restricted else str(one.category.name)
        yield from (
            "BEGIN:VEVENT", f"UID:{one.code}@{site.partition('://')[2]}", f"DTSTAMP:{_stamp(one.updated_at)}",
            f"SEQUENCE:{one.seq}", f"DTSTART:{_stamp(begin - timedelta(minutes=30))}", f"DTEND:{_stamp(begin)}",
            f"SUMMARY:{_escaped(f'{one.code} {what}')}", f"URL:{site}{reverse('console:report', args=[one.code])}",
            "END:VEVENT",
        )  # fmt: skip
    yield "END:VCALENDAR"


def _stamp(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n").replace("\r", "")


def _folded(line: str) -> str:
    """A line in pieces of at most 75 bytes, each further one behind a blank; no letter is cut."""
    pieces, size = [""], 0
    for letter in line:
        size += len(letter.encode())
        if size > 74:
            pieces, size = [*pieces, ""], len(letter.encode())
        pieces[-1] += letter
    return "\r\n ".join(pieces)
