"""What must not be public is taken out: words leave row and entry, a photo its row and files, a report the lists.

No way out has to know of it: what is gone from the tables is gone from pages, API, Open311, search and the network.
What was there is sealed for as long as its author can object, and then destroyed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kentongan.foundation.problems import Problem
from kentongan.foundation.sealing import renew_all, seal, unseal
from kentongan.people.models import Person
from kentongan.reports import cells, flags, keepsakes
from kentongan.reports.commands import required, said
from kentongan.reports.hidden import APPEAL_WITHIN, Hiding, What
from kentongan.reports.locking import changing
from kentongan.reports.mirroring import Told, happening
from kentongan.reports.models import Entry, Photo, Report, Visibility
from kentongan.reports.reading import citizen
from kentongan.reports.states import PUBLIC, Actor, State
from kentongan.reports.targets import MARK, Target, find, read_reason, read_target
from kentongan.reports.who import Who
from kentongan.reports.writer import Happening, append

FEWEST_DIGITS, BETWEEN = 6, r"[\s().-]*"  # of a number of a telephone, or of an identity card
SHORTEST, MOST_WORDS = 3, 20  # letters of what is taken out of a text; how many such parts at once


@dataclass
class _Taken:
    """What was taken out: to be sealed, whose it was, and by what a peer knows it."""

    value: dict[str, Any]
    author: Person | None
    by_reporter: bool
    digests: Sequence[str] = ()


def hide(
    code: str, who: Who, target: str, reason: str, *, words: str = "", text: str = "", expected_seq: int | None = None
) -> Report:
    """Takes `target` (`report`, `text:SEQ`, `photo:ID`) from the public for a reason of the list `Because`.

    Of a text only `words`, one part a line, where some are given. `text` is said beside the reason, in public.
    Raises Problem `bad_target`, `bad_reason`, `bad_words`, `not_there` (422), `hidden_before` (409).
    """
    wanted, why, parts, text = read_target(target), read_reason(reason), _parts(words), said(text)
    with changing(code, expected_seq) as report:
        taken = _take(report, wanted, parts, None)
        flags.settle(report, wanted)
        data = {"hides": wanted.what, "part": bool(parts), "reason": why, "at": wanted.seq, "of": report.seq + 1}
        append(report, Happening("hidden", who, text, data=data))
        _keep(report, wanted, taken, who, why)
    return report


def still_said(report: Report, words: str) -> list[str]:
    """The names of the targets in which words that were taken out of one text still stand: a neighbour is named twice,
    and hidden once."""
    cut = _parts(words)
    public = Entry.objects.filter(report=report, visibility=Visibility.PUBLIC).order_by("seq")
    told: list[tuple[int, Report | Entry]] = [(0, report), *((one.seq, one) for one in public)]
    return [f"text:{seq}" for seq, one in told if any(_holds(one, part) for part in cut)]


def mirror_hiding(code: str, told: Told, target: Target | None, left: str) -> Entry:
    """Does here what a peer has done that has the same report: `left` are the words that it has left.

    What is not here (any more) is only told of.
    """
    with changing(code) as report:
        try:
            taken = _take(report, target, (), left) if target else None
        except Problem:
            taken = None
        told.data["of"] = report.seq + 1
        entry = append(report, happening(told))
        if target and taken:
            flags.settle(report, target)
            _keep(report, target, taken, Who(None, Actor.PEER, told.body), told.data["reason"])
    return entry


def mirror_showing(code: str, told: Told, target: Target | None) -> Entry:
    """A peer shows again, or keeps hidden, what it had hidden: here too, where it was kept."""
    with changing(code) as report:
        held = _open(report, target) if target else None
        told.data["of"] = held.entry if held else 0
        if held and told.kind == "shown_again" and held.sealed:
            _give_back(report, held)
        if held and told.kind != "appealed":
            _end(held, Hiding.Ended.SHOWN if told.kind == "shown_again" else Hiding.Ended.KEPT)
        return append(report, happening(told))


def appeal(hiding: Hiding, person: Person | None, text: str, claim: str = "") -> Report:
    """Its author objects, once. Raises Problem `not_author` (403), `too_late`, `appealed_before` (409)."""
    text = required(text)
    with changing(hiding.report.code) as report:
        held = Hiding.objects.get(pk=hiding.pk)
        if not is_author(held, report, person, claim):
            raise Problem("not_author", 403, _("Only who wrote or sent it can object."))
        if held.appealed_at or held.ended_at:
            raise Problem("appealed_before", 409, _("This was objected to before. Each time one objection is heard."))
        if held.at < timezone.now() - APPEAL_WITHIN:
            raise Problem("too_late", 409, _("One can object for 30 days. They are over."))
        held.appeal, held.appealed_at = text, timezone.now()
        held.save(update_fields=["appeal", "appealed_at"])
        actor = Actor.REPORTER if held.by_reporter else Actor.CITIZEN
        append(report, Happening("appealed", Who(person, actor), data=_data(held)))
    return report


def is_author(hiding: Hiding, report: Report, person: Person | None, claim: str = "") -> bool:
    """Whether what was hidden is theirs: of a report without an account, whoever holds its link."""
    if hiding.by_reporter:
        return citizen(report, person, claim).actor == Actor.REPORTER
    return person is not None and hiding.author_id == person.pk


def show_again(hiding: Hiding, who: Who, text: str) -> Report:
    """What was hidden is public again, for a reason that everybody reads.

    Raises Problem `decided` (409) where that is over, `destroyed` (409) where it is kept no more, `own_hiding` (403)
    where somebody decides on an objection against themselves.
    """
    text = required(text)
    with changing(hiding.report.code) as report:
        held = _decidable(hiding, who)
        if not held.sealed:
            raise Problem("destroyed", 409, _("What was hidden is kept no longer: it cannot be shown again."))
        _give_back(report, held)
        _end(held, Hiding.Ended.SHOWN)
        append(report, Happening("shown_again", who, text, data=_data(held)))
    return report


def keep_hidden(hiding: Hiding, who: Who, text: str) -> Report:
    """An objection is turned down, for a reason that everybody reads; what was hidden is destroyed."""
    text = required(text)
    with changing(hiding.report.code) as report:
        held = _decidable(hiding, who)
        if not held.appealed_at:
            raise Problem("wrong_state", 409, _("Nobody objects to this."))
        _end(held, Hiding.Ended.KEPT)
        append(report, Happening("kept_hidden", who, text, data=_data(held)))
    return report


def destroy_sealed(batch: int = 500) -> int:
    """Destroys what was hidden and can be objected to no more; how many."""
    over = Hiding.objects.exclude(sealed="").filter(at__lt=timezone.now() - APPEAL_WITHIN)
    over = over.exclude(appealed_at__isnull=False, ended_at__isnull=True)
    return Hiding.objects.filter(pk__in=list(over.values_list("pk", flat=True)[:batch])).update(sealed="")


def renew_seals() -> tuple[int, int]:
    """Seals what was hidden under the newest key; how many, and how many no key opens any more."""
    return renew_all([(Hiding, "sealed")])


def original(hiding: Hiding) -> dict[str, Any]:
    """What was hidden, for who decides: `text`, or `photo` (JPEG); empty where it is kept no more."""
    kept = unseal(hiding.sealed) or {}
    if "content" in kept:
        return {"photo": kept["content"]}
    return {"text": kept.get("text", "")} if kept else {}


def _take(report: Report, target: Target, parts: Sequence[str], left: str | None) -> _Taken:
    if target.what == What.REPORT:
        return _restrict(report)
    if target.what == What.PHOTO:
        photo = find(report, target)
        assert isinstance(photo, Photo)  # noqa: S101  as the target says
        row, digests = keepsakes.take_away(report, photo)
        by_reporter = photo.entry_seq in {None, 1} and photo.role == "report"
        return _Taken(row, report.reporter if by_reporter else photo.uploaded_by, by_reporter, digests)
    return _take_words(report, target, parts, left)


def _restrict(report: Report) -> _Taken:
    if report.is_restricted:
        raise Problem("hidden_before", 409, _("This report is not public as it is."), field="target")
    _count(report, -1)
    report.is_restricted = True
    return _Taken({"report": True}, report.reporter, by_reporter=True)


def _take_words(report: Report, target: Target, parts: Sequence[str], left: str | None) -> _Taken:
    found = find(report, target)
    assert not isinstance(found, Photo)  # noqa: S101  as the target says
    before = found.text if isinstance(found, Entry) else report.text
    missing = [part for part in parts if not _holds(found, part)]
    if missing:
        raise Problem("bad_words", 422, _("“%(part)s” is not in it. Write it as it stands there.")
                      % {"part": missing[0][:60]}, field="words")  # fmt: skip
    new = left if left is not None else without(before, parts) if parts else MARK
    if isinstance(found, Entry):
        kept = {"text": before, "data": found.data, "parts": [*parts], "left": new}
        cut = (*parts, *_whole(before, parts))
        found.text, found.data = new, without(found.data, cut)
        Entry.objects.filter(pk=found.pk).update(text=found.text, data=found.data)
        report.decision = without(report.decision, cut)
        by_reporter = found.actor == Actor.REPORTER
        return _Taken(kept, report.reporter if by_reporter else found.person, by_reporter)
    kept = {"text": before, "url": report.url, "answers": report.answers, "parts": [*parts], "left": new}
    report.text = new
    if not parts:
        public = {one["code"] for one in report.asked or () if one.get("public")}
        report.url, report.answers = "", {code: one for code, one in report.answers.items() if code not in public}
    report.url = "" if without(report.url, parts) != report.url else report.url
    report.answers = _answers_without(report.answers, parts)
    return _Taken(kept, report.reporter, by_reporter=True)


def _holds(found: Report | Entry, part: str) -> bool:
    held: tuple[Any, ...] = (found.text, found.data) if isinstance(found, Entry) else (
        found.text, found.url, {code: _as_text(one) for code, one in found.answers.items()})  # fmt: skip
    return bool(without(held, (part,)) != without(held, ()))


def _answers_without(answers: Mapping[str, Any], parts: Sequence[str]) -> dict[str, Any]:
    """A number too may be that of somebody's telephone; one that holds none of the parts stays a number."""
    told = {code: without(_as_text(one), parts) for code, one in answers.items()}
    return {code: one if told[code] == without(_as_text(one), ()) else told[code] for code, one in answers.items()}


def _as_text(answer: Any) -> Any:
    is_number = isinstance(answer, int | float) and not isinstance(answer, bool)
    return str(answer) if is_number else answer


def _whole(before: str, parts: Sequence[str]) -> tuple[str, ...]:
    """The words of a note may stand in the reasons of a decision too (`sent_on`)."""
    return () if parts or len(before) < SHORTEST else (before,)


def without(value: Any, parts: Sequence[str]) -> Any:
    """Texts, however deep in plain data, with each of `parts` replaced by the mark, wherever it stands: in large or
    small letters, broken over lines, a number with other strokes between its digits or with the country before it."""
    if isinstance(value, str):
        for part in parts:
            value = _pattern(part).sub(MARK, value)
        return value
    if isinstance(value, Mapping):
        return {key: without(one, parts) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [without(one, parts) for one in value]
    return value


def _pattern(part: str) -> re.Pattern[str]:
    digits = re.sub(r"\D", "", part)
    if len(digits) >= FEWEST_DIGITS and re.fullmatch(r"[\d\s+().-]+", part):
        core = digits.removeprefix("62").lstrip("0") or digits
        return re.compile(rf"(?<!\d)(?:\+?62{BETWEEN}|0)?" + BETWEEN.join(core) + r"(?!\d)")
    return re.compile(r"\s+".join(map(re.escape, part.split())), re.IGNORECASE)


def _keep(report: Report, target: Target, taken: _Taken, who: Who, reason: str) -> None:
    author = taken.author
    Hiding.objects.create(
        report=report, what=target.what, seq=target.seq, photo_id=target.photo, entry=report.seq, reason=reason,
        person=who.person, body_id=who.body, author=author, by_reporter=taken.by_reporter,
        sealed=seal(taken.value), digests=[*taken.digests],
    )  # fmt: skip


def _give_back(report: Report, held: Hiding) -> None:
    kept = unseal(held.sealed) or {}
    if held.what == What.REPORT:
        report.is_restricted = False
        _count(report, 1)
    elif held.what == What.PHOTO:
        keepsakes.bring_back(report, kept)
    else:
        _say_again(report, held, kept)


def _say_again(report: Report, held: Hiding, kept: dict[str, Any]) -> None:
    """The words as they were, without what was taken out of the same text later and is still hidden."""
    later = Hiding.objects.filter(report=report, what=held.what, seq=held.seq, pk__gt=held.pk, ended__in=("", "kept"))
    text, rest = kept.get("text", ""), {name: kept[name] for name in ("url", "answers", "data") if name in kept}
    for one in later:
        cut = unseal(one.sealed) or {"parts": []}
        text = without(text, cut["parts"]) if cut["parts"] else MARK
        rest = without(rest, cut["parts"])
    if held.seq:
        Entry.objects.filter(report=report, seq=held.seq).update(text=text, data=rest.get("data", {}))
    else:
        report.text, report.url, report.answers = text, rest.get("url", ""), rest.get("answers", {})


def _decidable(hiding: Hiding, who: Who) -> Hiding:
    held = Hiding.objects.get(pk=hiding.pk)
    if held.ended_at:
        raise Problem("decided", 409, _("This has been decided already."))
    if held.appealed_at and held.person_id and who.person and held.person_id == who.person.pk:
        raise Problem("own_hiding", 403, _("Somebody else decides on an objection to what you have hidden."))
    return held


def _open(report: Report, target: Target) -> Hiding | None:
    """The newest hiding of a target that nobody has decided on."""
    found = Hiding.objects.filter(report=report, what=target.what, seq=target.seq, ended_at=None)
    if target.photo:
        found = Hiding.objects.filter(report=report, photo_id=target.photo, ended_at=None)
    return found.order_by("-pk").first()


def _end(held: Hiding, ended: str) -> None:
    held.ended, held.ended_at, held.sealed = ended, timezone.now(), ""
    held.save(update_fields=["ended", "ended_at", "sealed"])


def _data(held: Hiding) -> dict[str, Any]:
    return {"hides": held.what, "reason": held.reason, "at": held.seq, "of": held.entry}


def _count(report: Report, number: int) -> None:
    if report.cell is not None:
        cells.count(Counter({(report.cell, str(PUBLIC[State(report.state)])): number}))


def _parts(words: str) -> tuple[str, ...]:
    """What is to be taken out of a text, a part a line, the longest first."""
    found = sorted({line.strip() for line in words.splitlines()} - {""}, key=lambda one: (-len(one), one))
    if len(found) > MOST_WORDS or any(len(one) < SHORTEST for one in found):
        raise Problem("bad_words", 422, _("Write at most 20 parts, each of at least three letters, one a line."),
                      field="words")  # fmt: skip
    return tuple(found)
