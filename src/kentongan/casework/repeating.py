"""What the worker does with many reports: each by itself, wholly or not at all, some of them in one transaction with
the notes of what became of each.

A worker that is killed has done all of such a piece or nothing of it, and whoever comes next goes on from there.
"""

from __future__ import annotations

import time
from collections import deque

import structlog
from django.db import OperationalError, connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from kentongan import bodies, live, reports
from kentongan.casework.answering import deed_of, note_use, usable
from kentongan.casework.bulk import OPEN
from kentongan.casework.deeds import Deed, Refuse, do, for_one, is_so
from kentongan.casework.models import Bulk, BulkItem
from kentongan.casework.reversing import as_it_stands, reverse
from kentongan.casework.roles import Role, role_for
from kentongan.foundation.inserting import rewrite
from kentongan.foundation.problems import Problem
from kentongan.people.models import Person
from kentongan.reports.models import Report

TURN = 10.0  # seconds of one turn: the worker has other things to do with time
TOGETHER = 25  # reports of one transaction at most
MORE = 4  # than were done in the last one: a busy machine reads in vain what it has no time for
# Seconds after which no further one is begun in it: all writers of SQLite wait for it, of PostgreSQL those of its rows.
PIECE = {"sqlite": 0.1, "postgresql": 0.5}

_log = structlog.get_logger(__name__)


def do_bulk(refuse: Refuse) -> int:
    """Goes on with all that was begun, for one turn; returns how many reports were looked at.

    `refuse` raises Problem for a step that is not to be taken on a report here.
    """
    until, looked = time.monotonic() + TURN, 0
    # A piece of each in turn: ten reports of one body do not wait for the ten thousand of another.
    going = deque(Bulk.objects.filter(stage__in=OPEN).order_by("pk").values_list("pk", flat=True))
    together = TOGETHER
    while going and time.monotonic() < until:
        key = going.popleft()
        if done := _next(key, refuse, together):
            looked += done
            going.append(key)
            together = min(TOGETHER, done + MORE)
    return looked


def _next(key: int, refuse: Refuse, together: int) -> int:
    """The next reports of a bulk, `together` at most, begun by no two workers; how many, 0 once nothing is left."""
    with transaction.atomic():
        bulk = Bulk.objects.select_for_update(of=("self",)).select_related("body").get(pk=key)
        undoing = bulk.stage == Bulk.Stage.UNDOING
        if not undoing and bulk.stage != Bulk.Stage.RUNNING:
            return 0
        # Read anew for each piece: whoever was dismissed a second ago does nothing more.
        whose = (bulk.maker_of_undo_id or 0) if undoing else bulk.maker_id
        maker = Person.objects.filter(pk=whose, is_active=True).first()
        if maker is not None:
            bodies.hold(maker)
        if maker is None or (role_for(maker, bulk.body_id) or Role.VIEWER) < Role.OFFICER:
            return _stop(bulk)
        waits = BulkItem.Fate.DONE if undoing else BulkItem.Fate.WAITS
        # The way back begins with the last: of two that were joined in a row the later one goes first.
        items = list(bulk.items.filter(fate=waits).order_by("-pk" if undoing else "pk")[:together])
        if not items:
            bulk.stage = Bulk.Stage.UNDONE if undoing else Bulk.Stage.DONE
            bulk.save(update_fields=["stage"])
            live.tell(f"desk:{bulk.body_id}")
        return _piece(bulk, items, maker, refuse)


def _piece(bulk: Bulk, items: list[BulkItem], maker: Person, refuse: Refuse) -> int:
    """Does as many of these as there is time for: other writers of SQLite wait for it. How many."""
    until, looked = time.monotonic() + PIECE[connection.vendor], list[BulkItem]()
    # With what they are joined to, in one order: a joining by somebody else waits, and neither is stopped.
    joined = Report.objects.filter(code=bulk.deed.get("original") or "").values_list("pk", flat=True)
    keys = [*(item.report_id for item in items), *joined]
    with translation.override(maker.language), reports.holding(keys):
        for item in items:
            _one(bulk, item, maker, refuse)
            looked.append(item)
            if time.monotonic() > until:
                break
    rewrite(looked, ("fate", "before", "after_seq", "why", "words"))
    return len(looked)


def _stop(bulk: Bulk) -> int:
    """Whoever began it may not go on: what was not begun is left; on the way back what is done stays done, and a
    colleague can take it back."""
    bulk.items.filter(fate=BulkItem.Fate.WAITS).update(fate=BulkItem.Fate.LEFT, why="role_ended")
    bulk.stage, bulk.why = Bulk.Stage.STOPPED, "role_ended"
    bulk.save(update_fields=["stage", "why"])
    live.tell(f"desk:{bulk.body_id}")
    return 0


def _one(bulk: Bulk, item: BulkItem, maker: Person, refuse: Refuse) -> None:
    """Does or takes back one report, and writes onto `item` what became of it."""
    undoing, done = bulk.stage == Bulk.Stage.UNDOING, False
    try:
        with transaction.atomic():
            if undoing:
                reverse(maker, item.report_id, item.before, item.after_seq, refuse, at_once=False)
                item.fate = BulkItem.Fate.UNDONE
            else:
                _forth(bulk, item, maker, refuse)
        done = True
    except Problem as problem:
        item.why, item.words = problem.code, str(problem.detail)[:300]
        item.fate = BulkItem.Fate.KEPT if undoing else BulkItem.Fate.FAILED
    except OperationalError:
        raise  # the database is busy or away: this one is done again
    except Exception as error:  # noqa: BLE001  one report must not keep the others from being done
        _log.exception("bulk.failed", bulk=bulk.pk, error=type(error).__name__)
        item.why, item.words = "fault", _("Something went wrong here. Open the report and do it there.")
        item.fate = BulkItem.Fate.KEPT if undoing else BulkItem.Fate.FAILED
    finally:
        if not done:
            reports.let_go(item.report_id)


def _forth(bulk: Bulk, item: BulkItem, maker: Person, refuse: Refuse) -> None:
    report = reports.held(item.report_id)
    item.before, template = as_it_stands(report), None
    if key := bulk.deed.get("template"):
        template = usable(bulk.body_id, key, bulk.deed["version"])
        deed = deed_of(template, report, bulk.deed["values"])
    else:
        deed = for_one(report, Deed(**bulk.deed))
    if deed != Deed() and report.seq != item.seq:
        words = _("Somebody changed this report after it was chosen. Read what is new, then decide.")
        raise Problem("changed_meanwhile", 409, words)
    if is_so(report, deed):
        item.after_seq, item.fate = report.seq, BulkItem.Fate.SAME
        return
    changed = do(maker, report, deed, refuse, expected_seq=item.seq)
    if template is not None:
        note_use([template], changed)
    item.after_seq = changed.seq
    item.fate = BulkItem.Fate.DONE if changed.seq != item.seq else BulkItem.Fate.SAME
