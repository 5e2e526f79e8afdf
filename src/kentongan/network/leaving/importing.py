"""Takes a bundle in at the new instance: what is there already is left, so that it may be begun again at any time.

Imported reports are read-only (`Report.away`) until the old instance says that they live here now (`arriving`), so
that each has one home at every moment. Where the old instance is no more, `alone` makes them live at once.
"""

from __future__ import annotations

import secrets
import tempfile
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kentongan import bodies, casework, catalogue, reports, routing
from kentongan.bodies.models import Invitation, Membership
from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem
from kentongan.network import facts, peers
from kentongan.network.leaving import rows
from kentongan.network.leaving.bundle import RULES, Broken, Reader
from kentongan.network.leaving.shapes import BodyLine, ReportLine
from kentongan.network.leaving.verifying import Told, Verified, stories, verify
from kentongan.network.models import Peer, Reach, Trace
from kentongan.reports.models import Photo, Report

BATCH = 500  # reports of one transaction
SENT = ("report__submission_id", "report__channel", "report__sender")
T = TypeVar("T")
_log = structlog.get_logger(__name__)


@dataclass
class Brought:
    """What an import did: `new` reports (or newer copies), those that were `here` already, and the staff appointed."""

    new: int = 0
    here: int = 0
    staff: int = 0
    rules: Path | None = None


def bring_in(
    path: Path, *, alone: bool = False, key: str = "", staff: bool = False, rules: bool = False,
    progress: Callable[[int], None] = lambda _done: None,
) -> Brought:  # fmt: skip
    """Takes in the bundle at `path`, verified first. Of its reports no mail is written and no event told.

    `key` is the fingerprint of the signing key, where it belongs to no confirmed peer. `staff` appoints who is named,
    `rules` makes the bundle's rules those of this instance. Raises Problem `broken_bundle`, `unknown_signer`,
    `own_bundle`, `rules_there`.
    """
    checked = verify(path)
    peer = _trusted(checked, key, alone=alone)
    done = Brought()
    try:
        with Reader(path) as reader:
            _refuse_others(reader)
            written = _rules_of(reader) if rules else ""
            _bring_world(reader, peer)
            own = {one.code for one in reader.lines("bodies") if one.moves} | {*bodies.subtree(reader.manifest.body)}
            for batch in _pieces(stories(reader), BATCH):
                stored = _bring(batch, reader, own, alone=alone)
                done.new, done.here = done.new + stored, done.here + len(batch) - stored
                progress(done.new + done.here)
            reports.join_originals()
            done.staff = _appoint(reader) if staff else 0
            done.rules = _install_rules(written) if rules else None
    except Broken as fault:
        raise _broken(str(fault)) from None
    if alone:
        routing.hand_over(checked.manifest.body)
    return done


def _trusted(checked: Verified, key: str, *, alone: bool) -> Peer | None:
    """The peer that made the bundle; None where only the fingerprint vouches for it."""
    if checked.faults:
        raise _broken(checked.faults[0])
    if checked.manifest.instance == facts.instance():
        raise Problem("own_bundle", 409, _("This bundle was made by this very instance: its reports live here."))
    peer = Peer.objects.filter(name=checked.signer, dialect="kentongan").first() if checked.signer else None
    known = peer is not None or (bool(key) and secrets.compare_digest(key.upper(), checked.fingerprint))
    if not known or (peer is None and not alone):
        raise Problem(
            "unknown_signer", 403,
            _("The bundle is signed by a key (%(key)s) of no confirmed peer. Introduce %(instance)s first; where it is "
              "no more, compare the fingerprint by another way and give it with --alone --key.")
            % {"key": checked.fingerprint, "instance": checked.manifest.instance},
        )  # fmt: skip
    return peer


def _refuse_others(reader: Reader) -> None:
    """A bundle may say that a body is part of its own; of one that takes part here, this is told here."""
    body, world = reader.manifest.body, bodies.snapshot()
    for line in reader.lines("bodies"):
        if line.moves and world.is_partner(line.code) and body not in bodies.line(line.code):
            raise Broken(f"bodies.jsonl: {line.code} takes part here and is no part of {body}")


def _bring_world(reader: Reader, peer: Peer | None) -> None:
    """The categories and bodies that the reports name; the bodies that move take part here from now on."""
    body = reader.manifest.body
    lines = list(reader.lines("bodies"))
    with transaction.atomic():
        try:
            catalogue.bring([rows.category_row(one) for one in reader.lines("categories")])
            bodies.bring([rows.body_row(one) for one in lines], own={one.code for one in lines if one.moves})
        except Problem as problem:  # what is part of itself
            raise Broken(str(problem.detail)) from None
        if peer is not None:
            for reach in Reach.objects.filter(peer=peer, body__in=[one.code for one in lines if one.moves]):
                peers.unset_reach(reach.body_id)
        if not bodies.snapshot().is_partner(body):
            bodies.make_partner(body)
    for line in lines:
        if line.moves:
            _bring_own(line)


def _bring_own(line: BodyLine) -> None:
    """What a body has set for itself: the rules by which it divides its work, its logo, and what its work goes by."""
    if line.division is not None:
        told = line.division
        rules = [routing.OwnRule(one.key, one.category, one.area, one.layer, one.to) for one in told.rules]
        routing.bring_division(line.code, told.number, rules, told.why, told.at)
    casework.bring_setup(line.code, line.setup.model_dump())
    if line.logo:
        try:
            casework.set_logo(None, line.code, BytesIO(b64decode(line.logo)), bodies.get(line.code).logo)
        except (Problem, ValueError) as fault:  # a region does not stay behind for its logo
            _log.warning("leaving.no_logo", body=line.code, error=str(fault))


def _bring(batch: list[Told], reader: Reader, own: set[str], *, alone: bool) -> int:
    """One batch of the bodies `own` in one transaction; how many reports of it were stored."""
    batch = _not_by_hand_over(batch)
    here = {
        (id, channel, sender): seq
        for id, channel, sender, seq in Report.objects.filter(
            submission_id__in=[one.submission_id for one, _entries, _photos in batch]
        ).values_list("submission_id", "channel", "sender", "seq")
    }
    wanted = [told for told in batch if here.get(_sent(told[0]), 0) < told[0].seq]
    _refuse_foreign(wanted, own)
    found = [_restored(told, reader, alone=alone) for told in wanted]
    lines = {_sent(one): one for one, _entries, _photos in wanted}
    with transaction.atomic():
        stored = reports.restore(found)
        traces = [rows.trace_of(lines[_sent(one.report)], one.report) for one in stored]
        Trace.objects.filter(report__in=[one.report_id for one in traces]).delete()
        Trace.objects.bulk_create(traces)
    return len(stored)


def _refuse_foreign(wanted: list[Told], own: set[str]) -> None:
    """No line writes over a report, a way or a photo that is here and another's: each would else lose its own."""
    lines = {_sent(one) for one, _entries, _photos in wanted}
    here = Report.objects.filter(submission_id__in=[one[0] for one in lines]).exclude(body__in=own)
    for code, *sent in here.values_list("code", "submission_id", "channel", "sender"):
        if tuple(sent) in lines:
            raise Broken(f"reports.jsonl: {code} is here already, with a body that does not move")
    ways = {(one.origin.instance, one.origin.code): _sent(one) for one, _entries, _photos in wanted}
    known = Trace.objects.filter(origin_code__in=[code for _instance, code in ways])
    for origin, code, *sent in known.values_list("origin", "origin_code", *SENT):
        if ways.get((origin, code), tuple(sent)) != tuple(sent):
            raise Broken(f"reports.jsonl: the origin {code} is that of another report here")
    photos = {photo.id: _sent(one) for one, _entries, photos in wanted for photo in photos}
    for keys in _pieces(iter(photos), BATCH):
        for key, *sent in Photo.objects.filter(pk__in=keys).values_list("pk", *SENT):
            if photos[key] != tuple(sent):
                raise Broken(f"photos.jsonl: {key} is a photo of another report here")


def _sent(one: ReportLine | Report) -> tuple[UUID, str, str]:
    return one.submission_id, one.channel, one.sender


def _not_by_hand_over(batch: list[Told]) -> list[Told]:
    """Without those that began here, or that came before by a hand-over and live here."""
    ours = facts.instance()
    codes = [told[0].origin.code for told in batch]
    traces = Trace.objects.filter(origin_code__in=codes, report__away=False)
    came = set(traces.values_list("origin", "origin_code"))
    return [
        told for told in batch
        if told[0].origin.instance != ours and (told[0].origin.instance, told[0].origin.code) not in came
    ]  # fmt: skip


def _restored(told: Told, reader: Reader, *, alone: bool) -> reports.Restored:
    """The rows of a report, and the files of its photos in their place; a photo without a file stays behind."""
    line, entries, photos = told
    there = [one for one in photos if one.file]
    found = rows.restored(line, entries, there)
    found.report.away = not alone
    for row, photo in zip(found.photos, there, strict=True):
        reports.keep_file(row, reader.photo(photo.file))
    return found


def _appoint(reader: Reader) -> int:
    """Roles of those who work there; how many are new. Who has no account with a proven address is invited by mail:
    the address in a bundle is what the other instance says, and an account here may be a stranger's.
    """
    made = 0
    for one in reader.lines("staff"):
        with transaction.atomic():
            held = Membership.objects.filter(person__email=one.email.lower(), body_id=one.body, until=None)
            offered = Invitation.objects.filter(email=one.email.lower(), body_id=one.body, ended_at=None)
            if not held.exists() and not offered.filter(expires_at__gt=timezone.now()).exists():
                casework.appoint(None, one.body, one.email, one.role)
                made += 1
    return made


def _rules_of(reader: Reader) -> str:
    """The rules of the bundle, which can be read as such: others would stop the routing of all reports here.

    Raises Problem `rules_there`, before anything is brought.
    """
    written = reader.rules()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / RULES
        path.write_text(written, encoding="utf-8")
        try:
            routing.read_rules(path)
        except Problem as problem:
            raise Broken(str(problem.detail).replace(str(path), RULES)) from None
    _refuse_other_rules(written)
    return written


def _refuse_other_rules(written: str) -> None:
    there = config().data / RULES
    if there.exists() and there.read_bytes() != written.encode():
        raise Problem(
            "rules_there", 409,
            _("This instance has rules of its own in %(path)s: compare them with those of the bundle by hand.")
            % {"path": there},
        )  # fmt: skip


def _install_rules(written: str) -> Path:
    _refuse_other_rules(written)  # an import takes hours, and somebody may have written them meanwhile
    path = config().data / RULES
    path.write_text(written, encoding="utf-8")
    return path


def _pieces(found: Iterator[T], size: int) -> Iterator[list[T]]:
    while piece := list(islice(found, size)):
        yield piece


def _broken(what: str) -> Problem:
    return Problem("broken_bundle", 422, _("The bundle is broken: %(what)s.") % {"what": what.rstrip(".")})
