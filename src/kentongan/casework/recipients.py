"""To whom a report can be passed on: any body, found by its name or its code."""

from __future__ import annotations

from kentongan import bodies, reports
from kentongan.bodies.models import Body
from kentongan.reports.models import Report

MOST = 15


def find_bodies(text: str, *, without: str = "", limit: int = MOST) -> list[Body]:
    """Bodies whose code is `text`, or whose name in either language has all of its words; those that have them as whole
    words first ("pu" is no part of *Papua*), then the shortest.

    Abbreviations that people use (Satpol PP, PDAM, Dishub) stand for what they mean: `bodies.spelled_out`.
    """
    wordings = [wording.split()[:12] for wording in bodies.spelled_out(text[:200])]
    if not text.strip():
        return []
    code = text.strip()
    found = [
        body
        for body in bodies.snapshot().bodies.values()
        if body.code != without and (body.code == code or _has_all(body, wordings))
    ]
    rank = {body.code: (body.code != code, not _has_all(body, wordings, whole=True)) for body in found}
    return sorted(found, key=lambda body: (rank[body.code], len(body.name), body.name))[:limit]


def _has_all(body: Body, wordings: list[list[str]], *, whole: bool = False) -> bool:
    names = f"{body.name_id} {body.name_en}".casefold()
    held = set(names.split()) if whole else names
    return any(all(word in held for word in words) for words in wordings)


def suggested_bodies(report: Report) -> list[Body]:
    """Those that routing weighed and did not choose, nearest to winning first, then those who had it before."""
    codes = [one["body"] for one in reports.routing_of(report).get("alternatives", ())]
    before = report.entries.filter(body__isnull=False).order_by("-seq").values_list("body_id", flat=True)
    known = bodies.snapshot()
    found = [known.body(code) for code in dict.fromkeys([*codes, *before]) if code != report.body_id]
    return [body for body in found if body is not None][:MOST]
