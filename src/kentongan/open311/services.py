"""What can be reported: discovery, the services, and their extra questions."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kentongan import catalogue, reports, routing
from kentongan.catalogue.models import Category
from kentongan.foundation.config import config
from kentongan.foundation.problems import Problem
from kentongan.network.facts import link
from kentongan.open311 import arguments, formats, jurisdictions
from kentongan.open311.doors import door

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
CHANGESET = "2026-11-24T00:00:00Z"  # when these endpoints last changed


@door("GET")
def discovery(request: HttpRequest, fmt: str) -> HttpResponse:
    """Where the endpoints are and how a key is had."""
    mode = "production" if config().mode == "production" else "test"
    return formats.answer(
        fmt, "discovery",
        {
            "changeset": CHANGESET,
            "contact": _("Write to %(address)s") % {"address": config().mail_from},
            "key_service": _("Keys are given out by the operator of this instance: %(url)s") % {"url": link("")},
            "endpoints": [
                {
                    "specification": SPECIFICATION, "url": link("open311/v2"), "changeset": CHANGESET, "type": mode,
                    "formats": ["text/xml", "application/json"],
                }
            ],
        },
    )  # fmt: skip


@door("GET")
def listing(request: HttpRequest, fmt: str) -> HttpResponse:
    """The services of a jurisdiction. All of ours answer at once with an id (`realtime`)."""
    jurisdiction = jurisdictions.read(request.GET.get("jurisdiction_id", ""))
    return _kept(formats.answer(fmt, "services", [_service(one, jurisdiction) for one in catalogue.choosable()]))


@door("GET")
def definition(request: HttpRequest, fmt: str, code: str) -> HttpResponse:
    """The extra questions of one service: the catalogue's, and what the body asks that is the jurisdiction, or that is
    responsible at `lat`, `long`.
    """
    jurisdiction = jurisdictions.read(request.GET.get("jurisdiction_id", ""))
    try:
        kind = catalogue.get(code)
    except Problem as problem:
        raise Problem("unknown_service", 404, problem.detail, field="service_code") from None
    own = reports.asked_by(_receiver(request, kind, jurisdiction), kind)
    asked = [_attribute(one, order) for order, one in enumerate((*kind.questions, *own), 1)]
    if kind.asset_layer:
        asked.append(_asset(kind, len(asked) + 1))
    return _kept(formats.answer(fmt, "service_definition", {"service_code": kind.code, "attributes": asked}))


def _receiver(request: HttpRequest, kind: Category, jurisdiction: jurisdictions.Jurisdiction) -> str:
    """The body whose questions are asked; empty where nobody knows which it will be."""
    if jurisdiction.body or (point := arguments.place(request.GET)) is None:
        return jurisdiction.body
    return routing.preview(kind.code, *point).body


def _service(kind: Category, jurisdiction: jurisdictions.Jurisdiction) -> dict[str, Any]:
    english = get_language() == "en"
    above = catalogue.get(kind.parent_id) if kind.parent_id else kind
    words = kind.keywords_en if english else kind.keywords_id
    marks = ["private"] if kind.restricted else []
    return {
        "service_code": kind.code, "service_name": kind.name, "description": kind.hint,
        "metadata": bool(kind.questions or kind.asset_layer or reports.asked_by(jurisdiction.body, kind)),
        "type": "realtime", "keywords": ",".join([*words, *marks]), "group": above.name,
    }  # fmt: skip


def _attribute(question: catalogue.Question, order: int) -> dict[str, Any]:
    language = "en" if get_language() == "en" else "id"
    told = {
        "variable": True, "code": question["code"], "datatype": question["datatype"],
        "required": bool(question.get("required")), "datatype_description": _explained(question["datatype"]),
        "order": order, "description": question["description"][language],
    }  # fmt: skip
    if question.get("values"):
        told["values"] = [{"key": one["key"], "name": one["name"][language]} for one in question["values"]]
    return told


def _asset(kind: Category, order: int) -> dict[str, Any]:
    """Which thing it is: an attribute that FixMyStreet fills by a tap on its map instead of asking (`automated`)."""
    return {
        "variable": True, "code": "asset_id", "datatype": "string", "required": False, "datatype_description": None,
        "order": order, "description": kind.which_asset, "automated": "hidden_field",
    }  # fmt: skip


def _explained(datatype: str) -> str | None:
    if datatype == "datetime":
        return _("A date and time with its zone, such as 2026-11-24T08:30:00+07:00")
    return None


def _kept(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "public, max-age=300"
    response["Vary"] = "Accept-Language"
    return response
