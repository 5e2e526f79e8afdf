"""What a peer is told of a report: plain facts, and nothing of the reporter but a pseudonym."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.utils.crypto import salted_hmac
from django.utils.translation import override

from kentongan import bodies, places, reports
from kentongan.foundation.config import config
from kentongan.network.dialects.base import Picture
from kentongan.reports.models import Entry, Photo, Report


def instance() -> str:
    """The name of this instance in the network: `KENTONGAN_INSTANCE`, or the host (and port) of its address."""
    return config().instance or urlsplit(config().base_url).netloc


def link(path: str) -> str:
    """A public address here."""
    return f"{config().base_url.rstrip('/')}/{path.lstrip('/')}"


def pseudonym(report: Report, peer: str) -> str:
    """What stands for the reporter at a peer: the same for all their reports there, another at every peer."""
    who = f"person/{report.reporter_id}" if report.reporter_id else f"report/{report.code}"
    return salted_hmac("kentongan.network.pseudonym", f"{peer}:{who}", algorithm="sha256").hexdigest()[:32]


def report_facts(report: Report, peer: str) -> dict[str, Any]:
    """The report as `Parcel.report` holds it; names in Indonesian, times as ISO 8601 with zone."""
    with override("id"):
        kind, body = report.category, bodies.snapshot().body(report.body_id or "")
        return {
            "code": report.code, "link": link(f"r/{report.code}"), "category": report.category_id,
            "category_name": kind.name, "text": report.text, "url": report.url, "lon": report.lon, "lat": report.lat,
            "areas": report.area_codes, "address": places.address_text(report.address, report.area_codes),
            "answers": report.answers, "asked": report.asked or [], "asset_id": report.asset_id,
            "asset": _asset(report),
            "created_at": report.created_at.isoformat(),
            "occurred_at": report.occurred_at.isoformat() if report.occurred_at else None,
            "deadline_at": report.deadline_at.isoformat() if report.deadline_at else None,
            "privacy": report.privacy, "restricted": report.is_restricted, "emergency": kind.emergency,
            "state": report.state, "ending": report.ending, "body": report.body_id,
            "body_name": body.name if body else "", "reasons": report.decision.get("reasons", []),
            "pseudonym": pseudonym(report, peer), "is_demo": report.is_demo,
        }  # fmt: skip


def _asset(report: Report) -> dict[str, str] | None:
    if not report.asset_id:
        return None
    return {"layer": report.asset_layer, "id": report.asset_id, "name": report.asset_name}


def entry_facts(entry: Entry) -> dict[str, Any]:
    """The entry as `Parcel.entry` holds it. `id` is the same at every instance that has it."""
    told = entry.data.get("peer", {})
    return {
        "id": told.get("entry") or f"{instance()}/{entry.report.code}/{entry.seq}",
        "seq": entry.seq, "kind": "sent_on" if entry.kind == "sent_out" else entry.kind,
        "actor": entry.actor, "text": entry.text, "at": entry.at.isoformat(),
        "state": entry.state_to, "ending": entry.data.get("ending", ""), "body": entry.body_id,
        "to_body": entry.data.get("to_body", ""),
        "data": _data(entry), "words": reports.in_words(entry),
    }  # fmt: skip


def _data(entry: Entry) -> dict[str, Any]:
    """What of an entry's data others read; of one that was sent on, to whom."""
    told = {key: entry.data[key] for key in ("stars", "no_photo_reason", "contests", "to") if key in entry.data}
    if entry.kind == "sent_out":
        to = entry.data.get("peer", {})
        told["to"] = {"title": to.get("title", ""), "url": to.get("url", "")}
    if (held := reports.hiding_of(entry)) is not None:
        told["hides"] = _hides(entry, held)
    return told


def _hides(entry: Entry, held: reports.Hiding) -> dict[str, Any]:
    """What was hidden, by names that every instance knows; of a text, the words that are left."""
    of = entry.report.entries.filter(seq=held.seq).first() if held.what == "text" and held.seq else None
    told = of.data.get("peer", {}).get("entry") or f"{instance()}/{entry.report.code}/{held.seq}" if of else ""
    left = of.text if of else entry.report.text if held.what == "text" else ""
    return {"what": held.what, "reason": held.reason, "entry": told, "photos": held.digests, "left": left}


def pictures(report: Report, seqs: list[int] | None = None) -> tuple[Picture, ...]:
    """The photos of a report, or those that came with the entries `seqs`."""
    found = report.photos.order_by("entry_seq", "uploaded_at", "id")
    if seqs is not None:
        found = found.filter(entry_seq__in=seqs)
    return tuple(_picture(photo, report) for photo in found if "broken" not in photo.marks)


def _picture(photo: Photo, report: Report) -> Picture:
    def read() -> bytes:
        with reports.photo_file(photo, "large", now=True) as stored:
            content: bytes = stored.read()
        return content

    url = "" if report.is_restricted else link(f"api/v1/photos/{photo.pk}/large")
    role = (
        "report" if photo.role == "before" else photo.role
    )  # peers know the two sides of a result, not who took which
    return Picture(str(photo.pk), photo.entry_seq or 1, role, url, read)
