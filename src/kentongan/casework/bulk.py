"""Many reports at once: chosen row by row or by a filter, written down in one press, done by the worker."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kentongan import bodies, live, reports
from kentongan.casework.answering import check_hands, usable
from kentongan.casework.deeds import STEPS, WORDED, Deed
from kentongan.casework.filling import KNOWN, cleaned, fields, unfilled
from kentongan.casework.filters import Filter
from kentongan.casework.models import Bulk, BulkItem
from kentongan.casework.queues import bodies_seen, every
from kentongan.casework.roles import LEAST, Role, role_for
from kentongan.foundation.codes import read_code
from kentongan.foundation.problems import Problem
from kentongan.foundation.sweeping import sweep
from kentongan.people.models import Person
from kentongan.reports.models import Priority, Report

MOST = 10_000  # reports of one bulk
MOST_OPEN = 20  # of one body under way at once: each bulk has its turn
KEPT = timedelta(days=180)  # so long one can be read, and taken back
SHOWN = 20  # of the last ones on the page of a body

Stage, Fate = Bulk.Stage, BulkItem.Fate
OPEN = (Stage.RUNNING, Stage.UNDOING)


@dataclass(frozen=True)
class Progress:
    """A bulk and how many of its reports have met which fate."""

    bulk: Bulk
    counts: dict[str, int]

    @property
    def total(self) -> int:
        """All its reports."""
        return sum(self.counts.values())

    @property
    def waiting(self) -> int:
        """Those that the worker has still to look at, for the way there or the way back."""
        if self.bulk.stage == Stage.UNDOING:
            return self.counts.get(Fate.DONE, 0)
        return self.counts.get(Fate.WAITS, 0)


def begin_bulk(
    person: Person, body: str, token: UUID, wanted: Mapping[str, Any], chosen: Sequence[tuple[str, int]] | Filter, *,
    upto: int = 0,
) -> Bulk:  # fmt: skip
    """Writes down what is to be done with which reports; the worker does it. The same `token` gives the same bulk.

    `wanted`: the fields of `Deed`, or `template`, `version` and `values`. `chosen`: codes with the entry each was read
    at, or a filter, of which reports that came in after number `upto` are left out: nobody has seen them.
    Raises Problem `forbidden` (403), `nothing_chosen` or `too_many` (422), and those of what is wanted, with the field.
    """
    bodies_seen(person, body)
    known = Bulk.objects.filter(maker=person, token=token).first()
    if known is not None:
        return known
    deed = _checked(person, body, wanted)
    if Bulk.objects.filter(body=body, stage__in=OPEN).count() >= MOST_OPEN:
        words = _("Twenty of these are under way at this body already. Wait until one of them is done.")
        raise Problem("too_many", 422, words, field="do")
    rows = _rows(person, body, chosen, upto)
    if not rows:
        raise Problem("nothing_chosen", 422, _("Choose at least one report of this list."))
    try:
        with transaction.atomic():
            bulk = Bulk.objects.create(body=bodies.get(body), maker=person, token=token, deed=deed)
            made = [BulkItem(bulk=bulk, report_id=pk, seq=seq) for pk, seq in sorted(rows.items())]
            BulkItem.objects.bulk_create(made, batch_size=1_000)
    except IntegrityError:  # the second of two presses in one moment
        return Bulk.objects.get(maker=person, token=token)
    return bulk


def newest_report() -> int:
    """The number of the newest report of all: what comes in from now on has a higher one."""
    return Report.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def undo_bulk(person: Person, key: int) -> Bulk:
    """Takes back, by the worker, what is still as the bulk left it. Raises Problem `not_found`, `forbidden`,
    `wrong_state` (409) where it has been taken back already."""
    with transaction.atomic():
        bulk = _found(person, Bulk.objects.select_for_update(of=("self",)), key)
        if (role_for(person, bulk.body_id) or Role.VIEWER) < _least(bulk, person):
            raise Problem("forbidden", 403, _("Whoever did this, or a coordinator, takes it back."))
        if bulk.stage in {Stage.UNDOING, Stage.UNDONE}:
            raise Problem("wrong_state", 409, _("This has been taken back already."))
        # What was not begun stays so: a press on undo in the middle is a stop too.
        bulk.items.filter(fate=Fate.WAITS).update(fate=Fate.LEFT, why="undone")
        bulk.stage, bulk.maker_of_undo, bulk.undo_at, bulk.why = Stage.UNDOING, person, timezone.now(), ""
        bulk.save(update_fields=["stage", "maker_of_undo", "undo_at", "why"])
        live.tell(f"desk:{bulk.body_id}")
    return bulk


def sweep_bulks() -> int:
    """Forgets what was done half a year ago; how many rows."""
    before = timezone.now() - KEPT
    items = sweep(BulkItem.objects.filter(bulk__made_at__lt=before).exclude(bulk__stage__in=OPEN))
    return items + sweep(Bulk.objects.filter(made_at__lt=before).exclude(stage__in=OPEN))


def bulk_of(person: Person, key: int) -> Progress:
    """A bulk, for the staff of its body. Raises Problem `not_found` (404)."""
    bulk = _found(person, Bulk.objects.all(), key)
    return Progress(bulk, dict(bulk.items.values_list("fate").annotate(number=Count("pk")).order_by()))


def bulks(person: Person, body: str) -> list[Progress]:
    """The last of a body, the newest first. Raises Problem `forbidden` or `unknown_body`."""
    bodies_seen(person, body)
    return [bulk_of(person, one.pk) for one in Bulk.objects.filter(body=body).order_by("-pk")[:SHOWN]]


def troubles(bulk: Bulk, most: int) -> list[BulkItem]:
    """The reports that were not done, or not taken back, the first `most`, each with the reason."""
    fates = (Fate.FAILED, Fate.KEPT)
    return list(bulk.items.filter(fate__in=fates).select_related("report").order_by("fate", "pk")[:most])


def _found(person: Person, among: Any, key: int) -> Bulk:
    bulk: Bulk | None = among.filter(pk=min(key, 2**63 - 1)).select_related("maker", "body").first()
    if bulk is None or (role_for(person, bulk.body_id) is None and not person.administers):
        raise Problem("not_found", 404, _("There is no such work on many reports."))
    return bulk


def _least(bulk: Bulk, person: Person) -> Role:
    return Role.OFFICER if bulk.maker_id == person.pk else Role.COORDINATOR


def _checked(person: Person, body: str, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What is to be done, as it is kept. What one report refuses is told of that one later; what none can take, now."""
    held = role_for(person, body)
    if held is None or held < Role.OFFICER:
        raise Problem("forbidden", 403, _("To work on reports you need the role of an officer at this body."))
    if key := wanted.get("template"):
        return _templated(body, str(key), str(wanted.get("version", "")), wanted.get("values", {}))
    deed = Deed(**{name: str(value) for name, value in wanted.items() if name in Deed.__dataclass_fields__})
    deed = replace(deed, text=reports.said(deed.text), note=reports.said(deed.note, "note"))
    deed = replace(deed, original=read_code(deed.original) or deed.original)  # as it is kept, however it was typed
    if deed == Deed():
        raise Problem("nothing_wanted", 422, _("Choose what is to be done."), field="do")
    if deed.step and deed.step not in STEPS:
        raise Problem("bad_step", 422, _("Choose one of the steps."), field="step")
    if (deed.step in WORDED or deed.body) and not deed.text:
        raise Problem("text_required", 422, _("Say why: everybody reads it."), field="text")
    if deed.priority and deed.priority.upper() not in Priority.__members__:
        raise Problem("bad_priority", 422, _("Choose one of the four priorities."), field="priority")
    _check_targets(body, held, deed)
    return asdict(deed)


def _check_targets(body: str, held: Role, deed: Deed) -> None:
    check_hands(body, deed.to)
    if deed.to not in {"", "me"} and held < Role.COORDINATOR:
        raise Problem("forbidden", 403, _("To give work to others, ask a coordinator of your body."), field="to")
    if deed.body:
        bodies.get(deed.body)
    if deed.original and held < LEAST["merge"]:
        raise Problem("forbidden", 403, _("A coordinator joins reports."), field="original")
    if deed.original and not Report.objects.filter(code=read_code(deed.original) or "").exists():
        raise Problem("bad_original", 422, _("Give the code of another report that is still open."), field="original")


def _templated(body: str, key: str, version: str, values: Mapping[str, str]) -> dict[str, Any]:
    template, given = usable(body, key, version), cleaned(values)
    asked = fields(template.text_id, template.text_en, template.note)
    if missing := [name for name in asked if name not in KNOWN and not given.get(name)]:
        raise unfilled(missing)
    # What no field asks for is not kept: its name may be anything.
    values = {name: given[name] for name in asked if given.get(name)}
    return {"template": str(template.pk), "version": str(template.version), "values": values}


def _rows(person: Person, body: str, chosen: Sequence[tuple[str, int]] | Filter, upto: int) -> dict[int, int]:
    """Keys of reports, each with the entry that it was read at."""
    if isinstance(chosen, Filter):
        found: Iterable[Any] = every(person, body, chosen, MOST + 1)
        rows = {one.pk: one.seq for one in found if one.pk <= upto}
    else:
        read = {read_code(code) or "": seq for code, seq in chosen[: MOST + 1]}
        inside = Report.objects.filter(code__in=read, body__in=bodies_seen(person, body)).values_list("pk", "code")
        rows = {pk: read[code] for pk, code in inside}
    if len(rows) > MOST:
        words = _("These are more than 10,000 reports. Narrow the list down with a filter.")
        raise Problem("too_many", 422, words)
    return rows
