"""Rules at work: an event notes what is due, the worker does it, once, in one transaction with the mark of it.

No rule sets off another: an entry that a rule made is passed over. A rule acts once on a report and event, at most
`MOST_A_REPORT` times on one report (two instances may pass it to each other), and at most `MOST_AN_HOUR` times an hour;
then it is switched off and its administrators are told.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from typing import Any

import structlog
from django.db import OperationalError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kentongan import bodies, reports
from kentongan.casework.answering import language_for
from kentongan.casework.deeds import Refuse
from kentongan.casework.filling import fill, told_by
from kentongan.casework.fitting import fitting
from kentongan.casework.ruled import Event, Rule, RuleRun
from kentongan.casework.rules import people_of, read_asked
from kentongan.foundation.outbox import enqueue
from kentongan.foundation.problems import Problem
from kentongan.foundation.sweeping import sweep
from kentongan.reports.models import Entry, Report, Visibility
from kentongan.reports.states import NEW, Actor
from kentongan.reports.who import Who

STOPPED = "rule.stopped"  # the topic: a rule was switched off by itself
ARRIVALS = {"routed", "handed_over", "transferred", "returned"}
KINDS: dict[str, set[str]] = {
    Event.ARRIVED: ARRIVALS, Event.ACCEPTED: {"accepted", "started"}, Event.COMMENTED: {"commented", "answered"},
    Event.CONTESTED: {"contested"}, Event.REOPENED: {"reopened"}, Event.RESOLVED: {"resolved"}, Event.OVERDUE: set(),
}  # fmt: skip
MOST_AN_HOUR, MOST_A_REPORT = 1_000, 5  # runs of one rule
KEPT = timedelta(days=90)  # so long the page of a rule can say what it did
BATCH = 200  # runs that one turn of the worker does at most
_log = structlog.get_logger(__name__)
# What makes a rule useless for good, and not for one report only.
BROKEN = {"bad_filter", "bad_state", "gone_hand", "unknown_body", "unknown_category"}


def is_set_off(event: str, entry: Entry) -> bool:
    """Whether an entry is what a rule waits for, and not the work of a rule itself."""
    if entry.kind not in KINDS[event] or "rule" in entry.data or entry.visibility != Visibility.PUBLIC:
        return False
    if event == Event.COMMENTED:
        return entry.actor in {Actor.CITIZEN, Actor.REPORTER}
    return event != Event.ARRIVED or entry.state_to in NEW


def hear_for_rules(events: list[dict[str, Any]]) -> None:
    """Batch subscriber of `report.entry`: notes what is due. Heard twice it notes nothing more."""
    wanted = {(one["report"], one["seq"]) for one in events if any(one["kind"] in kinds for kinds in KINDS.values())}
    # In one order: each asks its filter of what those before it left, and a database would give them in any.
    rules = list(Rule.objects.filter(is_on=True).exclude(event=Event.OVERDUE).order_by("pk")) if wanted else []
    if not rules:
        return
    due = [
        RuleRun(
            rule=rule, report_id=entry.report_id, key=entry.seq, version=rule.version,
            due_at=entry.at + timedelta(hours=rule.after_hours),
        )
        for entry in reports.entries_now(wanted)
        for rule in rules
        if is_set_off(rule.event, entry) and _is_of(rule, entry.report) and _was_on(rule, entry)
    ]  # fmt: skip
    RuleRun.objects.bulk_create(due, ignore_conflicts=True)


def note_overdue() -> int:
    """Notes reports whose deadline has passed, and the hours of the rule after it; how many."""
    noted = 0
    for rule in Rule.objects.filter(is_on=True, event=Event.OVERDUE).order_by("pk"):
        later = timedelta(hours=rule.after_hours)
        now, since = timezone.now(), (rule.on_since or timezone.now()) - later
        late = Report.objects.filter(
            body__in=bodies.subtree(rule.body_id), deadline_at__gte=since, deadline_at__lt=now - later, asked_at=None,
            ended_at=None, away=False,
        )  # fmt: skip
        known = RuleRun.objects.filter(rule=rule, report_id__in=late.values("pk"))
        had = set(known.values_list("report_id", "key"))
        fresh = (
            RuleRun(rule=rule, report_id=key, key=int(at.timestamp()), version=rule.version, due_at=at + later)
            for key, at in late.order_by("deadline_at").values_list("pk", "deadline_at")
            if at and (key, int(at.timestamp())) not in had
        )
        # The most of the new ones: those that stay late for months would else keep it from ever seeing another.
        due = list(islice(fresh, MOST_AN_HOUR))
        RuleRun.objects.bulk_create(due, ignore_conflicts=True)
        noted += len(due)
    return noted


def run_rules(refuse: Refuse) -> int:
    """Does what is due; how many runs are over now. A worker that is killed within one leaves it as if never begun.

    `refuse` raises Problem for a step that is not to be taken on a report here: no rule does what nobody could.
    """
    due = RuleRun.objects.filter(done_at=None, due_at__lte=timezone.now()).order_by("due_at", "pk")
    return sum(_run(key, refuse) for key in list(due.values_list("pk", flat=True)[:BATCH]))


def sweep_runs() -> int:
    """Forgets runs of long ago. That a deadline was seen is kept: it would be seen again."""
    over = RuleRun.objects.filter(done_at__lt=timezone.now() - KEPT).exclude(rule__event=Event.OVERDUE)
    return sweep(over)


def _run(key: int, refuse: Refuse) -> int:
    with transaction.atomic():
        # Whoever marks it first does it: another worker waits here until that one has ended, and then sees the mark.
        if not RuleRun.objects.filter(pk=key, done_at=None).update(done_at=timezone.now()):
            return 0
        run = RuleRun.objects.select_related("rule").get(pk=key)
        run.outcome = _act(run, refuse)[:30]
        run.save(update_fields=["outcome"])
    return 1


def _act(run: RuleRun, refuse: Refuse) -> str:
    rule = run.rule
    if not rule.is_on:
        return "off"
    if rule.version != run.version:
        return "changed"
    lately = timezone.now() - timedelta(hours=1)
    if rule.runs.filter(done_at__gte=lately, outcome="done").count() >= MOST_AN_HOUR:
        _stop(rule, _("It acted on more than %(most)d reports within an hour.") % {"most": MOST_AN_HOUR})
        return "too_many"
    if rule.runs.filter(report_id=run.report_id, outcome="done").count() >= MOST_A_REPORT:
        return "often"
    try:
        with transaction.atomic():  # all of its steps, or none
            # Locked first: what an officer does in this moment comes before the filter is asked, or after the steps.
            held = Report.objects.select_for_update(of=("self",)).select_related("category", "reporter", "body")
            found = held.filter(pk=run.report_id).first()
            if found is None or not fitting([found.pk], rule.body_id, read_asked(rule.asked)):
                return "unfit"
            _take_steps(rule, found, refuse)
    except Problem as problem:
        if problem.code in BROKEN:
            _stop(rule, str(problem.detail))
        return problem.code
    except OperationalError:
        raise  # the database is busy or away: this one is done again
    except Exception as error:  # noqa: BLE001  one report must not keep the rules of all bodies from being done
        _log.exception("rule.failed", rule=rule.pk, error=type(error).__name__)
        return "fault"
    return "done"


def _take_steps(rule: Rule, report: Report, refuse: Refuse) -> None:
    steps, who = rule.steps, Who(None, Actor.OFFICER, report.body_id, rule.name)
    if word := steps.get("priority"):
        refuse(report, "prioritise")
        reports.prioritise(report.code, who, word)
    if to := steps.get("assign"):
        refuse(report, "assign")
        reports.assign(report.code, who, people_of(rule.body_id, to)[1])
    if text := steps.get("note"):
        reports.note(report.code, who, _filled(text, report), internal=True)
    if steps.get("merge") and (text := _proposal(report)):
        reports.note(report.code, who, text, internal=True)
    if text := steps.get("answer"):
        english = language_for(report) == "en"
        reports.note(report.code, who, _filled(steps.get("answer_en", text) if english else text, report))
    if to := steps.get("notify"):
        called = [one.pk for one in people_of(rule.body_id, to)[0]]
        reports.note(report.code, who, _("Please have a look."), internal=True, mentions=called)
    if code := steps.get("transfer"):
        refuse(report, "transfer")
        reports.transfer(report.code, who, code, _filled(steps["transfer_text"], report))


def _filled(text: str, report: Report) -> str:
    """The text with what the report says in its fields. Raises Problem `unfilled_field` where it does not know."""
    return fill(text, told_by(report, language_for(report)))


def _proposal(report: Report) -> str:
    """Which reports it may repeat, the likeliest first; empty where there is none."""
    if report.lon is None or report.lat is None:
        return ""
    near = reports.near_duplicates(report.category_id, report.lon, report.lat, report.text, 4, report.asset_id)
    codes = [one.report.code for one in near if one.report.pk != report.pk][:3]
    return _("May tell of the same trouble: %(codes)s") % {"codes": ", ".join(codes)} if codes else ""


def _stop(rule: Rule, why: str) -> None:
    if Rule.objects.filter(pk=rule.pk, is_on=True).update(is_on=False, fault=why):
        enqueue(STOPPED, {"rule": rule.pk})


def _is_of(rule: Rule, report: Report) -> bool:
    return not report.away and rule.body_id in bodies.line(report.body_id or "")


def _was_on(rule: Rule, entry: Entry) -> bool:
    """What happened before the rule was switched on is none of its business, however late it is heard of."""
    return rule.on_since is not None and entry.at >= rule.on_since
