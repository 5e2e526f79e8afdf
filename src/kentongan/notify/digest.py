"""The mail to a member of staff: what is new at their bodies since the last one, with counts and links, or none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kentongan import bodies, casework, places
from kentongan.bodies.models import Membership
from kentongan.foundation.config import config
from kentongan.notify.delivery import stop_link
from kentongan.notify.due import escalations, in_hand, passed, warnings
from kentongan.notify.keeping import reaches
from kentongan.notify.models import How, Message, StaffMail
from kentongan.notify.staff import HANDED, HOUR, IMPORTED, LISTED, Kind, begin, next_time, zone_of_desk
from kentongan.people.models import Person
from kentongan.people.proving import is_proven
from kentongan.reports.models import Report


@dataclass(frozen=True)
class Part:
    """One kind of news: how many there are, and the first of them, ready to be read."""

    kind: str
    count: int
    lines: tuple[tuple[str, str], ...] = ()  # what it is, and its address

    @property
    def more(self) -> int:
        """How many are counted and not listed."""
        return self.count - len(self.lines)


def write_to_staff() -> int:
    """Writes the mails to staff that are due; returns how many. Nobody gets one who has nothing new to read."""
    now = timezone.now()
    told = StaffMail.objects.values("person")
    fresh = Membership.objects.filter(casework.open_today()).exclude(person__in=told).order_by("pk")
    begin(dict(fresh.values_list("person", "body")), now)
    due = StaffMail.objects.exclude(how=How.OFF).filter(due_at__lte=now).order_by("due_at", "pk")
    return sum(_write(person, now) for person in list(due.values_list("pk", flat=True)))


def _write(key: int, now: datetime) -> bool:
    """Writes to one person, once: what waited for them and the mail change in one transaction."""
    with transaction.atomic():
        mine = StaffMail.objects.filter(pk=key, due_at__lte=now).exclude(how=How.OFF)
        skips = connection.features.has_select_for_update_skip_locked
        row = mine.select_for_update(skip_locked=skips, of=("self",)).select_related("person").first()
        if row is None:
            return False
        message = _mail(row, now)
        if message is not None:
            message.save()
            row.mails, row.mailed_at = row.mails + 1, now
        row.waiting, row.looked_at = {}, now
        row.due_at = next_time(row, row.person, now)
        row.save()
    return message is not None


def _mail(row: StaffMail, now: datetime) -> Message | None:
    person = row.person
    if not person.is_active or not is_proven(person) or not reaches(person):
        return None
    # Roles as they are now: whoever has left a body, or lacks the second factor asked for, reads nothing of it.
    mine = [one for one in casework.bodies_of(person) if bodies.role(person, one.code)]
    with translation.override(person.language):
        parts = [*_noted(row, person), *_deadlines(row, [one.code for one in mine], now, zone_of_desk(person))]
        if not parts:
            return None
        subject = ", ".join(_heading(one) for one in parts)
        text = _text(row, person, ", ".join(one.name for one in mine), parts)
    return Message(
        key=f"staff/{person.pk}/{row.mails + 1}", to_person=person, address=person.email, body=text,
        subject=f"{config().instance_name}: {subject}"[:200], is_demo=person.is_demo,
        staff_of=[one.code for one in mine],
    )  # fmt: skip


def _noted(row: StaffMail, person: Person) -> Iterator[Part]:
    """What was noted with the person, as far as they may read it now."""
    mine = {code: told for code, told in row.waiting.items() if bodies.role(person, code)}
    keys = {pk for told in mine.values() for noted in told.values() for pk in noted["reports"]}
    known = _readable(person, Report.objects.filter(pk__in=keys, away=False))
    for kind in (Kind.MINE, Kind.NEW, HANDED, IMPORTED, Kind.CONTESTED, Kind.ANSWERED):
        noted = [told[kind] for told in mine.values() if kind in told]
        listed = [pk for one in noted for pk in one["reports"]]
        found = [known[pk] for pk in listed if pk in known]
        count = sum(one["count"] for one in noted) - len(listed) + len(found)
        if count > 0:
            yield Part(kind, count, tuple(_line(one) for one in found[:LISTED]))


def _readable(person: Person, found: QuerySet[Report]) -> dict[int, Report]:
    some = list(found.select_related("category"))
    theirs = {code: bool(bodies.role(person, code)) for code in {one.body_id for one in some if one.body_id}}
    return {one.pk: one for one in some if theirs.get(one.body_id or "")}


def _deadlines(row: StaffMail, mine: list[str], now: datetime, zone: ZoneInfo) -> Iterator[Part]:
    """Reports in hand whose deadline has come near since the last look, has passed, or passed some time ago."""
    if Kind.DUE in row.without or not mine:
        return
    late = escalations(row.person, mine, row.looked_at, now)
    for kind, due in (
        ("near", warnings(row.person, mine, row.looked_at, now)),
        ("over", passed(mine, row.looked_at, now) & ~late),  # in one mail a report stands once
        ("late", late),
    ):
        found = in_hand(mine).filter(due).order_by("deadline_at", "pk")
        if count := found.count():
            some = found.select_related("category")[:LISTED]
            yield Part(kind, count, tuple(_line(one, zone) for one in some))


def _line(report: Report, zone: ZoneInfo | None = None) -> tuple[str, str]:
    """A report in one line. Of one that is not public only its code: a mail passes through many hands."""
    place = places.address_text(report.address, report.area_codes[1:])
    shown = [report.category.name, place] if not report.is_secret else [_("not public")]
    due = min((one for one in (report.answer_by, report.deadline_at) if one), default=None)
    if zone is not None and due is not None:
        at = due.astimezone(zone)
        shown.append(f"{date_format(at, 'j F, H:i')} {at.tzname()}")
    words = " · ".join([report.code, *(one for one in shown if one)])
    return words, _address("console:report", report.code)


def _heading(part: Part) -> str:
    count = part.count
    return {
        Kind.MINE: ngettext("%(count)s report for you", "%(count)s reports for you", count),
        Kind.NEW: ngettext("%(count)s new report", "%(count)s new reports", count),
        HANDED: ngettext("%(count)s report that waited", "%(count)s reports that waited", count),
        IMPORTED: ngettext(
            "%(count)s old report imported into your queue", "%(count)s old reports imported into your queue", count
        ),
        Kind.CONTESTED: ngettext("%(count)s result objected to", "%(count)s results objected to", count),
        Kind.ANSWERED: ngettext("news on %(count)s report", "news on %(count)s reports", count),
        "near": ngettext("%(count)s deadline near", "%(count)s deadlines near", count),
        "over": ngettext("%(count)s deadline passed", "%(count)s deadlines passed", count),
        "late": ngettext(
            "%(count)s overdue report passed up to you", "%(count)s overdue reports passed up to you", count
        ),
    }[part.kind] % {"count": count}


def _text(row: StaffMail, person: Person, of: str, parts: list[Part]) -> str:
    zone = zone_of_desk(person)
    hour = f"{HOUR:02}.00" if person.language == settings.LANGUAGE_CODE else f"{HOUR:02}:00"
    return render_to_string(
        "notify/staff.txt",
        {
            "name": person.name, "of": of, "parts": [(_heading(one), one) for one in parts],
            "queue": _address("console:queue"), "choices": _address("console:mail"), "stop": stop_link(person.pk),
            "at_once": row.how == How.AT_ONCE, "hour": f"{hour} {datetime.now(zone).tzname()}",
        },
    )  # fmt: skip


def _address(name: str, *given: str) -> str:
    return config().base_url.rstrip("/") + reverse(name, args=given)
