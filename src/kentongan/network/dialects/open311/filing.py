"""A report as the form that a server's definition asks for. Of the reporter nothing goes along."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from kentongan.foundation.problems import Problem
from kentongan.network.dialects.base import Line, Parcel

LONGEST = 4_000  # characters of a description, GeoReport v2
# Attributes that many servers ask for, and what of a report they mean.
KNOWN = {
    "external_id": "code", "fixmystreet_id": "code", "report_url": "link", "url": "link", "title": "category_name",
    "detail": "text", "description": "text", "category": "category_name", "address": "address",
    "asset_id": "asset_id", "asset_resource_id": "asset_id", "unitid": "asset_id", "unit_id": "asset_id",
    "central_asset_id": "asset_id", "feature_id": "asset_id",
}  # fmt: skip
CONTACT = ("email", "first_name", "last_name", "phone", "device_id", "account_id")


def fields(line: Line, parcel: Parcel) -> list[tuple[str, str]]:
    """The fields of `POST requests`, without the key. Raises Problem `unanswered` where an attribute has no answer."""
    report, service = parcel.report, parcel.service
    assert service is not None  # noqa: S101  this dialect maps services
    found = [("service_code", service.code), ("description", description(line, parcel))]
    if report["lat"] is not None:
        found += [("lat", f"{report['lat']:.6f}"), ("long", f"{report['lon']:.6f}")]
    if report["address"]:
        found.append(("address_string", report["address"]))
    contact = line.options.get("contact", {})
    found += [(name, str(contact[name])) for name in CONTACT if contact.get(name)]
    for attribute in service.attributes:
        found += _attribute(attribute, parcel)
    if line.options.get("photos", "list") in {"list", "repeat"}:
        found += _media(line, parcel)
    return found


def description(line: Line, parcel: Parcel) -> str:
    """The text, and where it can be followed; never cut in the middle without a sign."""
    report = parcel.report
    text = report["text"] or report["category_name"]
    if report["url"]:
        text = f"{text}\n{report['url']}"
    foot = f"\n\n{report['link']}"
    room = min(int(line.options.get("longest", LONGEST)), LONGEST) - len(foot)
    return (text if len(text) <= room else f"{text[: room - 1]}…") + foot


def _attribute(attribute: dict[str, Any], parcel: Parcel) -> list[tuple[str, str]]:
    code = str(attribute.get("code", ""))
    if not code or str(attribute.get("variable", "true")).lower() == "false":
        return []
    values = _answer(attribute, code, parcel)
    if not values:
        if str(attribute.get("required", "")).lower() == "true":
            raise Problem(
                "unanswered", 422,
                _("They ask for “%(question)s” (%(code)s), and nothing is set as its answer. Set one in the mapping.")
                % {"question": attribute.get("description") or code, "code": code},
            )  # fmt: skip
        return []
    many = len(values) > 1 or attribute.get("datatype") == "multivaluelist"
    return [(f"attribute[{code}]{'[]' if many else ''}", value) for value in values]


def _answer(attribute: dict[str, Any], code: str, parcel: Parcel) -> list[str]:
    """What is set in the mapping, `=name` for an answer or a fact of the report; else what the name means to us."""
    assert parcel.service is not None  # noqa: S101
    report = parcel.report
    chosen = parcel.service.answers.get(code)
    if isinstance(chosen, str) and chosen.startswith("="):
        value = report["answers"].get(chosen[1:], report.get(chosen[1:]))
    elif chosen not in (None, ""):
        value = chosen
    else:
        value = report["answers"].get(code, report.get(KNOWN.get(code.lower(), "")))
    given = [str(one) for one in (value if isinstance(value, list) else [value]) if one not in (None, "")]
    return [_key(attribute, one) for one in given]


def _key(attribute: dict[str, Any], given: str) -> str:
    """Of a list the key of the value that is called so; anything else as it is."""
    for value in attribute.get("values") or []:
        if given.casefold() in {str(value.get("key", "")).casefold(), str(value.get("name", "")).casefold()}:
            return str(value.get("key"))
    return given


def _media(line: Line, parcel: Parcel) -> list[tuple[str, str]]:
    urls = [one.url for one in parcel.pictures if one.url and one.role == "report"]
    if not urls:
        return []
    if line.options.get("photos") == "repeat":
        return [("media_url", url) for url in urls]
    return [("media_url", ",".join(urls))]
