"""Speaks to the national complaint channel as docs/reference/lapor.md describes: what we assume of it stands there."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, ClassVar
from urllib.parse import quote

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from kentongan.foundation import outgoing
from kentongan.foundation.problems import Problem
from kentongan.network.calling import answered, in_words
from kentongan.network.dialects.base import Dialect, Discovery, Done, Later, Line, Outcome, Parcel, Parked, Update
from kentongan.network.dialects.lapor import clock
from kentongan.network.facts import instance
from kentongan.reports.states import Ending, State

SECONDS, MOST_ANSWER = 20.0, 4 * 1024 * 1024  # of one call, and bytes of its answer
MOST_PICTURES = 5
EARLIEST = 1970  # year of a time that can be meant
# Their word: our state. A word that is not here changes nothing and is shown as a note.
STATES = {
    "terverifikasi": State.ACCEPTED, "tindak_lanjut": State.IN_PROGRESS, "selesai": State.RESOLVED,
    "ditutup": State.REJECTED,
}  # fmt: skip
ENDINGS = {"selesai": str(Ending.SOLVED), "ditutup": str(Ending.CLOSED_WITHOUT_FIX)}
# Their word: the working days after which the next one is due.
NEXT = {"diterima": clock.VERIFY, "terverifikasi": clock.FOLLOW_UP, "tindak_lanjut": clock.CLOSE}
NOT_THEIRS = "bukan_kewenangan"


class Lapor(Dialect):
    """`endpoint` is the address of the interface, `secret` the agency's token; `options.holidays` more closed days."""

    name: ClassVar[str] = "lapor"
    title: ClassVar[str | Promise] = "SP4N-LAPOR!"
    polls: ClassVar[bool] = True
    asks_by_id: ClassVar[bool] = True
    keeps_secrets: ClassVar[bool] = True

    def discover(self, line: Line) -> Discovery:
        """Looks who answers there; a stand-in says that it is one. Raises Problem `no_lapor` (502)."""
        try:
            said = _json(_call(line, "GET", ""))
        except outgoing.CallFailed:
            said = {}
        if "layanan" not in said:
            raise Problem("no_lapor", 502, _("At this address nothing speaks as the complaint channel does."))
        findings = [_("Speaks as %(service)s.") % {"service": said["layanan"]}]
        if said.get("tiruan"):
            findings.append(_("This is a stand-in for tests, not the national complaint channel: nobody reads it."))
        return Discovery(line, findings=tuple(findings))

    def test(self, line: Line) -> list[str]:
        """Tries the token."""
        try:
            answer = _call(line, "GET", "")
        except outgoing.CallFailed as error:
            return [in_words(error)]
        return [] if answer.ok else [answered(answer.status)]

    def send(self, line: Line, parcels: Sequence[Parcel]) -> list[Outcome]:
        """A complaint, or what people add to it. `kunci` makes a repeat harmless."""
        return [_send(line, parcel) for parcel in parcels]

    def poll(self, line: Line, since: datetime, until: datetime, open_ids: Sequence[str]) -> Iterator[Update]:
        """The history of every open complaint; what is known already is ignored by its id."""
        for tracking in open_ids:
            answer = _call(line, "GET", f"pengaduan/{quote(tracking, safe='')}")
            if answer.status == 404:
                continue
            answer.expect()
            said = _json(answer)
            yield from _history(line, tracking, said)


def _send(line: Line, parcel: Parcel) -> Outcome:
    if parcel.kind == "request":
        answer = _call(line, "POST", "pengaduan", complaint(parcel))
    else:
        said = {"kunci": _key(parcel), "jenis": parcel.entry["kind"], "isi": parcel.entry["text"]}
        answer = _call(line, "POST", f"pengaduan/{quote(parcel.remote_id, safe='')}/tanggapan", said)
    if answer.status in {400, 404, 413, 422}:
        return Parked(_("The complaint channel will not take it (%(status)s).") % {"status": answer.status})
    if not answer.ok:
        return Later(answered(answer.status))
    if parcel.kind != "request":
        return Done()
    said = _json(answer)
    if not said.get("tracking_id"):
        return Later(_("The complaint channel gave no tracking id."))
    return Done(str(said["tracking_id"]), str(said.get("tautan") or ""), deadline_at=_deadline(line, said))


def complaint(parcel: Parcel) -> dict[str, Any]:
    """The complaint as the interface takes it."""
    report = parcel.report
    return {
        "kunci": _key(parcel), "judul": f"{report['category_name']} ({report['code']})", "isi": report["text"],
        "kategori": report["category"], "waktu": report["created_at"], "tautan": report["link"],
        "lokasi": {
            "bujur": report["lon"], "lintang": report["lat"], "alamat": report["address"], "wilayah": report["areas"],
        },
        "rahasia": report["restricted"] or report["privacy"] == "secret",
        "anonim": report["privacy"] in {"anonymous", "secret"} or report["restricted"],
        "pelapor": report["pseudonym"],
        "lampiran": [
            {"nama": f"{report['code']}-{number}.jpg", "isi": base64.b64encode(one.read()).decode()}
            for number, one in enumerate(parcel.pictures[:MOST_PICTURES], start=1)
        ],
    }  # fmt: skip


def _deadline(line: Line, said: dict[str, Any]) -> datetime:
    """When it has to be closed, by working days from the day it was received over there."""
    return clock.due(_moment(said["waktu"]), clock.CLOSE, _closed_days(line))


def _closed_days(line: Line) -> set[date]:
    return {date.fromisoformat(one) for one in line.options.get("holidays", [])}


def _update(line: Line, tracking: str, whole: dict[str, Any], said: dict[str, Any]) -> Update:
    status = str(said.get("status", ""))
    told = {"status": status}
    if status in NEXT:
        told["due"] = clock.due(_moment(whole["waktu"]), NEXT[status], _closed_days(line)).isoformat()
    return Update(
        id=f"{tracking}/{said['id']}", remote_id=tracking, at=_moment(said["waktu"]), text=str(said.get("isi") or ""),
        state=STATES.get(status), ending=ENDINGS.get(status, ""), returned=status == NOT_THEIRS,
        media=tuple(str(one) for one in said.get("lampiran", [])), data={"lapor": told},
    )  # fmt: skip


def _history(line: Line, tracking: str, said: dict[str, Any]) -> Iterator[Update]:
    """The entries of a complaint; one that is not as described costs itself only, and is named."""
    told = said.get("riwayat")
    for one in told if isinstance(told, list) else []:
        try:
            yield _update(line, tracking, said, one)
        except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError):
            line.notes.append(_("The record %(id)s could not be read and was left out.") % {"id": tracking})


def _key(parcel: Parcel) -> str:
    return f"{instance()}/{parcel.key}"


def _moment(written: str) -> datetime:
    """Their time; one without a zone is of Jakarta. Raises ValueError where it is none of our times."""
    at = datetime.fromisoformat(written)
    if at.year < EARLIEST:
        raise ValueError(f"{written} is long before there were computers")  # and PostgreSQL cannot read all of them
    return at if at.tzinfo else at.replace(tzinfo=clock.WIB)


def _call(line: Line, method: str, path: str, said: dict[str, Any] | None = None) -> outgoing.Answer:
    return outgoing.call(
        method, f"{line.endpoint.rstrip('/')}/{path}", said=said, seconds=SECONDS, most=MOST_ANSWER,
        headers={"Authorization": f"Bearer {line.secret}", "Accept": "application/json"},
    )  # fmt: skip


def _json(answer: outgoing.Answer) -> dict[str, Any]:
    said = answer.json()
    return said if isinstance(said, dict) else {}
