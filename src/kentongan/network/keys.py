"""API keys: how a peer that calls us shows who it is, and how far it may go. Only a hash is kept."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kentongan import catalogue
from kentongan.foundation.problems import Problem
from kentongan.network.models import ApiKey, Peer, PeerState
from kentongan.places import gazetteer
from kentongan.reports.models import Report

PREFIX = "ktp_"  # so that a leaked key is recognised by scanners
USED_EVERY = timedelta(minutes=5)  # how exactly the last use is kept: not one write for each call


@dataclass(frozen=True)
class Caller:
    """A peer that calls us with a key, and what the key is limited to (empty: no limit)."""

    peer: Peer
    key: int
    write: bool
    areas: tuple[str, ...]
    categories: tuple[str, ...]

    def may_touch(self, area_codes: Sequence[str], category: str) -> bool:
        """Whether a report with these areas (province down) and this category lies within the key's limits."""
        inside = not self.areas or any(code in self.areas for code in area_codes)
        return inside and (not self.categories or bool(set(self.categories) & set(catalogue.branch(category))))

    def may_see(self, report: Report) -> bool:
        """Whether the report is public and within the key's limits."""
        return not report.is_restricted and self.may_touch(report.area_codes, report.category_id)


def new_key(
    name: str, *, write: bool = False, areas: Sequence[str] = (), categories: Sequence[str] = (),
    days: int | None = None,
) -> tuple[str, ApiKey]:  # fmt: skip
    """A new key for the peer `name`, which is made where there is none: the text that is shown once, and its row.

    Older keys go on working, so that a peer changes over without a gap; end them with `end_keys`.
    Raises Problem `unknown_area`, `unknown_category` (422).
    """
    _check_limits(areas, categories)
    peer, _made = Peer.objects.get_or_create(name=name, defaults={"title": name, "state": PeerState.ACTIVE})
    written = PREFIX + secrets.token_urlsafe(32)
    row = ApiKey.objects.create(
        peer=peer, digest=_digest(written), hint=written[-4:], write=write, areas=list(areas),
        categories=list(categories), expires_at=timezone.now() + timedelta(days=days) if days else None,
    )  # fmt: skip
    return written, row


def key_holder(written: str) -> Caller:
    """Who calls with this key. Raises Problem `missing_key` or `bad_key` (403, as GeoReport v2 has it)."""
    if not written:
        raise Problem("missing_key", 403, _("This call needs an api_key. Ask the operator for one."), field="api_key")
    row = ApiKey.objects.select_related("peer").filter(digest=_digest(written)).first()
    now = timezone.now()
    ended = row is None or (row.expires_at is not None and row.expires_at <= now)
    if row is None or ended or row.peer.state in {PeerState.PAUSED, PeerState.GONE}:
        raise Problem("bad_key", 403, _("This api_key is not valid (any more)."), field="api_key")
    if row.used_at is None or now - row.used_at > USED_EVERY:
        ApiKey.objects.filter(pk=row.pk).update(used_at=now)
    return Caller(row.peer, row.pk, row.write, tuple(row.areas), tuple(row.categories))


def end_keys(name: str, *, keep: int | None = None) -> int:
    """Ends the keys of a peer at once, but for the one with id `keep`; returns how many."""
    ended = ApiKey.objects.filter(peer=name)
    return (ended.exclude(pk=keep) if keep is not None else ended).delete()[0]


def _check_limits(areas: Sequence[str], categories: Sequence[str]) -> None:
    known = gazetteer.areas()
    for code in areas:
        if code not in known:
            raise Problem("unknown_area", 422, _("There is no area %(code)s.") % {"code": code}, field="area")
    for code in categories:
        catalogue.get(code)


def _digest(written: str) -> str:
    return hashlib.sha256(written.encode("utf-8", "surrogateescape")).hexdigest()
