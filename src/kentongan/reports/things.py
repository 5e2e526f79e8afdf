"""The thing that a report is about: what was reported of it before, and how its body corrects which one it is."""

from __future__ import annotations

from django.utils.translation import gettext as _

from kentongan import places
from kentongan.people.models import Person
from kentongan.reports.locking import changing
from kentongan.reports.models import Entry, Report
from kentongan.reports.reading import may_open
from kentongan.reports.submission import find_asset
from kentongan.reports.who import Who
from kentongan.reports.writer import Happening, append

READ = 100  # reports of one thing that are looked through: beyond them nobody reads
PARTS = ("layer", "id", "name")


def history(report: Report, viewer: Person | None, most: int = 20) -> list[Report]:
    """The other reports about the thing of `report`, newest first, as far as `viewer` may open them."""
    if not report.asset_id:
        return []
    same = Report.objects.filter(asset_layer=report.asset_layer, asset_id=report.asset_id, whole=None)
    same = same.exclude(pk__in=[report.pk, report.whole_id or report.pk])  # a part is the trouble of its whole
    found = same.select_related("category", "body").order_by("-pk")[:READ]
    return [one for one in found if may_open(one, viewer)][:most]


def may_link(report: Report) -> bool:
    """Whether there is something to link the report to, or a link to take away."""
    return not report.away and bool(report.asset_id or report.category.asset_layer)


def link(code: str, who: Who, asset_id: str, *, expected_seq: int | None = None) -> Report:
    """Says which thing the report is about, by its owner's id in the layer of the report's category; empty: none.

    The pin stays where the reporter put it. Nothing happens where it is so already. Raises Problem `bad_asset`,
    `unknown_asset`, `asset_apart` (422, field `asset_id`), and as `changing` does.
    """
    with changing(code, expected_seq) as report:
        before = _linked(report)
        if before and asset_id == before["id"]:
            return report  # also where its owner no longer has it, or a peer named it by a layer of its own
        found = find_asset(report.category, asset_id, report.lon, report.lat)
        after = {"layer": found.layer, "id": found.id, "name": found.name} if found else {}
        if after == before:
            return report
        report.asset_layer, report.asset_id, report.asset_name = (after.get(part, "") for part in PARTS)
        append(report, Happening("linked", who, data={"asset": after, "asset_before": before}))
    return report


def link_text(entry: Entry) -> str:
    """What an entry of the kind `linked` says, in the reader's language; empty for every other."""
    if entry.kind != "linked":
        return ""
    after, before = _name(entry.data.get("asset")), _name(entry.data.get("asset_before"))
    if after and before:
        return _("It is about %(asset)s, not about %(other)s") % {"asset": after, "other": before}
    return (
        _("It is about %(asset)s") % {"asset": after} if after else _("It is not about %(asset)s") % {"asset": before}
    )


def _linked(report: Report) -> dict[str, str]:
    if not report.asset_id:
        return {}
    return {part: getattr(report, f"asset_{part}") for part in PARTS}


def _name(asset: dict[str, str] | None) -> str:
    return places.called(asset["id"], asset.get("name", "")) if asset else ""
