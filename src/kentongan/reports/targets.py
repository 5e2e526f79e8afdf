"""What of a report can be hidden or flagged, by a name that forms and addresses carry."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from kentongan import catalogue
from kentongan.foundation.problems import Problem
from kentongan.reports import questions
from kentongan.reports.hidden import Because, What
from kentongan.reports.models import Entry, Photo, Report, Visibility

MARK = "[…]"  # what stands for words that were taken out, in every language
_NAME = re.compile(r"report|text:(\d{1,9})|photo:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.ASCII)


@dataclass(frozen=True)
class Target:
    """One thing: `seq` is the entry whose words they are (0: the report's own), `photo` the key of a photo."""

    what: str
    seq: int = 0
    photo: UUID | None = None

    @property
    def name(self) -> str:
        """As `read_target` reads it."""
        if self.what == What.REPORT:
            return "report"
        return f"photo:{self.photo}" if self.photo else f"text:{self.seq}"


@dataclass(frozen=True)
class Part:
    """A target as people recognise it: its words or its photo, and when they came."""

    name: str
    what: str
    text: str = ""
    photo: UUID | None = None
    at: datetime | None = None
    kind: str = ""


def read_target(name: str) -> Target:
    """Raises Problem `bad_target` (422)."""
    found = _NAME.fullmatch(name)
    if not found:
        raise Problem("bad_target", 422, _("Choose what it is about."), field="target")
    if found[2]:
        return Target(What.PHOTO, photo=UUID(found[2]))
    return Target(What.TEXT, int(found[1])) if found[1] else Target(What.REPORT)


def read_reason(reason: str) -> str:
    """Raises Problem `bad_reason` (422): only what is in the list is a reason."""
    if reason not in Because.values:
        raise Problem("bad_reason", 422, _("Choose one of the reasons."), field="reason")
    return reason


def find(report: Report, target: Target) -> Report | Entry | Photo:
    """What a target names, as it is public now. Raises Problem `not_there` (422)."""
    found: Report | Entry | Photo | None = report
    if target.photo:
        found = Photo.objects.filter(pk=target.photo, report=report).first()
    elif target.seq:
        found = Entry.objects.filter(report=report, seq=target.seq, visibility=Visibility.PUBLIC).first()
    if found is None or (target.what == What.TEXT and (words_of(found) in {"", MARK})):
        raise Problem("not_there", 422, _("There is nothing of it left to hide. Reload the page."), field="target")
    return found


def words_of(found: Report | Entry | Photo) -> str:
    """What it says in public: of an entry without words of its own, the reason why there was no photo; of a report its
    public answers too."""
    if isinstance(found, Photo):
        return ""
    if isinstance(found, Entry):
        return found.text or str(found.data.get("no_photo_reason", ""))
    told = (catalogue.answer_words(one, answer) for one, answer in questions.own_answers(found, public=True))
    return "\n".join(part for part in (found.text or found.url, *told) if part)


def parts(report: Report, entries: Sequence[Entry], photos: Sequence[Photo]) -> list[Part]:
    """All that can be hidden of a report now, its own words first."""
    told = [] if report.is_restricted else [Part("report", What.REPORT)]
    if words_of(report) not in {"", MARK}:
        told.append(Part("text:0", What.TEXT, words_of(report), at=report.created_at))
    told += [Part(f"photo:{one.pk}", What.PHOTO, photo=one.pk, at=one.uploaded_at) for one in photos]
    said = [one for one in entries if one.visibility == Visibility.PUBLIC and words_of(one) not in {"", MARK}]
    return told + [Part(f"text:{one.seq}", What.TEXT, words_of(one), at=one.at, kind=one.kind) for one in said]
