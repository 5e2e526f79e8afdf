"""What another instance has hidden of a report that both have is hidden here too."""

from __future__ import annotations

from kentongan import reports
from kentongan.network import facts
from kentongan.network.dialects.kentongan import wire
from kentongan.reports.models import Entry, Report


def mirror(report: Report, told: reports.Told, entry: wire.EntryShape) -> Entry:
    """Mirrors an entry; one that tells of something hidden, or shown again, with what it tells of."""
    hides = entry.data.hides
    if hides is None or told.kind not in reports.HIDING:
        return reports.mirror(report.code, told)
    target = _target(report, hides)
    told.data.update(hides=hides.what, reason=hides.reason, at=target.seq if target else 0)
    if told.kind == "hidden":
        return reports.mirror_hiding(report.code, told, target, hides.left)
    return reports.mirror_showing(report.code, told, target)


def _target(report: Report, hides: wire.Hides) -> reports.Target | None:
    if hides.what == "report":
        return reports.Target("report")
    if hides.what == "photo":
        return _photo(report, hides.photos)
    if not hides.entry:
        return reports.Target("text")
    here = f"{facts.instance()}/{report.code}/"
    of = report.entries.filter(data__peer__entry=hides.entry)
    if hides.entry.startswith(here) and (seq := hides.entry.removeprefix(here)).isdecimal():
        of = report.entries.filter(seq=int(seq) if len(seq) < 10 else 0)
    found = of.order_by("seq").first()
    return reports.Target("text", found.seq) if found else None


def _photo(report: Report, digests: list[str]) -> reports.Target | None:
    """A photo that is shown here, or was until it was hidden: by how it came here, or how it left here."""
    for held in report.hidings.filter(what="photo"):
        if set(digests) & set(held.digests):
            return reports.Target("photo", photo=held.photo_id)
    for one in reports.photos(report):
        if digests and set(digests) & reports.digests(one):
            return reports.Target("photo", photo=one.pk)
    return None
