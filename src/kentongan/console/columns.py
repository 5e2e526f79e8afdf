"""The queue as a table: the columns that an officer chose, each with its words, and the order that it stands for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from kentongan import casework, places
from kentongan.bodies.models import Body
from kentongan.console import lists, looks
from kentongan.console.doors import for_staff, person_of
from kentongan.foundation.remembering import remembered
from kentongan.people.models import Person
from kentongan.reports.models import Priority

# By its name in an address: what it is called, and the order that it stands for.
WORDS: dict[str, tuple[Any, str]] = {
    "code": (_("Code"), ""), "sent": (_("Sent"), "age"), "changed": (_("Changed"), "changed"),
    "deadline": (_("Deadline"), "deadline"), "priority": (_("Priority"), "priority"),
    "assignee": (_("In the hands of"), ""), "team": (_("Team"), ""), "street": (_("Street"), ""),
    "village": (_("Village"), "place"), "body": (_("Body"), ""), "channel": (_("Sent by"), ""),
    "support": (_("Supporters"), "support"), "contested": (_("Objections"), ""),
}  # fmt: skip
MOMENTS = {"sent", "changed", "deadline"}


def shown(request: HttpRequest, person: Person, asked: lists.Asked) -> lists.Asked:
    """With the columns of the address; without any there, those that the person chose last. From then on each address
    of the page has them: whoever is sent it sees the same. Raises Problem `bad_filter`."""
    said = request.GET.get("columns", "")
    chosen = casework.read_columns(said) if said else casework.columns_of(person)
    return replace(asked, columns=chosen, said=",".join(chosen) or (casework.CARDS if said else ""))


def facts(asked: lists.Asked, found: Iterable[casework.Queued]) -> dict[str, Any]:
    """What the queue shows: the heads of the columns, the cells of each row, and what can be chosen."""
    sort, columns = asked.filter.sort, asked.columns
    heads = []
    for name in columns:
        word, order = WORDS[name]
        back = sort == order
        to = asked.address(replace(asked.filter, sort=f"-{order}" if back else order)) if order else ""
        turned = "ascending" if back else "descending" if sort == f"-{order}" else ""
        heads.append({"name": name, "word": word, "at": to, "turned": turned})
    cells = _cells(asked.body, columns)
    return {
        "heads": heads,
        "columns_said": asked.said,
        "cells": {one.code: [cells(name, one) for name in columns] for one in found} if columns else {},
        "all_columns": [{"name": name, "word": WORDS[name][0], "chosen": name in columns} for name in casework.COLUMNS],
    }


def _cells(body: str, columns: tuple[str, ...]) -> Callable[[str, casework.Queued], Any]:
    """What stands in a column of a row, words or a moment."""
    workers = casework.workers_of(body, below=True) if "assignee" in columns else []
    called = {one.pk: looks.called(one) for one in workers}
    teams = {one.pk: one.name for one in casework.teams_of(body, below=True)} if "team" in columns else {}

    @remembered(maxsize=None)
    def area(code: str) -> str:
        found = places.area(code) if code else None
        return str(found.name) if found else code

    def cell(name: str, one: casework.Queued) -> dict[str, Any]:
        its_body: Body | None = one.body
        told: dict[str, Callable[[], Any]] = {
            "code": lambda: one.code, "sent": lambda: one.created_at, "changed": lambda: one.updated_at,
            "deadline": lambda: one.deadline_at, "priority": lambda: looks.PRIORITIES[Priority(one.priority)],
            "assignee": lambda: called.get(one.assignee_id or 0, ""), "team": lambda: teams.get(one.team_id or 0, ""),
            "street": lambda: places.kept_facts(one.address).get("street", ""),
            "village": lambda: area(one.village_code),
            "body": lambda: its_body.name if its_body else "",
            "channel": lambda: lists.CHANNELS.get(one.channel, one.channel), "support": lambda: one.support_count or "",
            "contested": lambda: one.contest_count or "",
        }  # fmt: skip
        value = told[name]()
        return {"at": value} if name in MOMENTS else {"word": value}

    return cell


@require_POST
@for_staff
def choose(request: HttpRequest) -> HttpResponse:
    """Keeps the columns of the form for the person, and shows the list with them."""
    columns = casework.read_columns(",".join(request.POST.getlist("column")) or casework.CARDS)
    casework.keep_columns(person_of(request), columns)
    kept = lists.kept(request.POST.get("asked", ""))
    kept["columns"] = ",".join(columns) or casework.CARDS
    return redirect(f"{reverse('console:queue')}?{kept.urlencode()}")
