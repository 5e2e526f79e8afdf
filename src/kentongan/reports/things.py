"""What was reported of one thing before."""

from __future__ import annotations

from kentongan.people.models import Person
from kentongan.reports.models import Report
from kentongan.reports.reading import may_open

READ = 100  # reports of one thing that are looked through: beyond them nobody reads


def history(report: Report, viewer: Person | None, most: int = 20) -> list[Report]:
    """The other reports about the thing of `report`, newest first, as far as `viewer` may open them."""
    if not report.asset_id:
        return []
    same = Report.objects.filter(asset_layer=report.asset_layer, asset_id=report.asset_id).exclude(pk=report.pk)
    found = same.select_related("category", "body").order_by("-pk")[:READ]
    return [one for one in found if may_open(one, viewer)][:most]
