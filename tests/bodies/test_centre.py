"""The national bodies as shipped, and the page that says how to set up the centre."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from kentongan import places, routing
from kentongan.routing.rules import Rule
from tests.world import BEKASI, ON_NATIONAL_ROAD, STREET, submission

pytestmark = pytest.mark.django_db
PAGE = Path(__file__).parents[2] / "docs/how-to/set-up-the-centre.md"


@pytest.mark.parametrize(
    ("category", "at", "body"),
    [
        ("road_damage", ON_NATIONAL_ROAD, "id.pu"),
        ("harmful_content", None, "id.komdigi"),
        ("corruption", None, "id.lapor"),
        ("power_outage", STREET, "id.pln"),
    ],
)
def test_what_concerns_the_centre_reaches_its_body(world, category: str, at: Any, body: str) -> None:
    given = {"url": "https://example.com/x"} if category == "harmful_content" else {}
    report = routing.submit(submission(category, at=at, **given), None).report
    assert (report.body_id, report.state) == (body, "routed")


def test_the_documented_fallback_sends_to_the_channel_where_no_partner_is(world) -> None:
    rule = Rule.model_validate(yaml.safe_load(re.search(r"```yaml\n(.+?)```", PAGE.read_text(), re.DOTALL).group(1))[0])
    shipped = routing.rulebook()
    book = replace(shipped, rules=tuple(rule if one.code == rule.code else one for one in shipped.rules))
    waiting = routing.submit(submission("suggestion", at=BEKASI), None).report
    assert (waiting.body_id, waiting.state) == ("32.16", "awaiting_partner")
    facts = routing.gather("suggestion", *BEKASI, places.locate(*BEKASI))
    decision = routing.explain(facts, book)
    assert (decision.body, decision.state) == ("id.lapor", "routed")
    assert "32.16" in [other.body for other in decision.alternatives]
