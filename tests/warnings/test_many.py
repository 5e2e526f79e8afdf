"""Very many warnings, very fine borders and odd messages cost pages, feeds and phones little."""

from __future__ import annotations

import json
import math
from datetime import timedelta
from typing import Any
from uuid import uuid4
from xml.etree import ElementTree as Xml

import pytest
from django.db import transaction
from django.utils import timezone

from kentongan import warnings
from kentongan.places import gazetteer
from kentongan.warnings import cap_writing, showing, standing
from kentongan.warnings.models import Feed, Fetched, Warning
from kentongan.warnings.states import State
from tests.warnings.test_feeds import BOX, cap, look, source

__all__ = ["source"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]
ATOM = "{http://www.w3.org/2005/Atom}"


def many(number: int, polygons: int = 1, **more: Any) -> None:
    """So many in force, each with so many polygons (forty at most) of three hundred points, as many as one may have."""
    ring = [[106.8 + math.cos(at) / 50, -6.2 + math.sin(at) / 50] for at in (2 * math.pi * n / 299 for n in range(300))]
    words = {"id": {"event": "Banjir", "headline": "Banjir di mana-mana", "description": "Air naik. " * 300}}
    now = timezone.now()
    Warning.objects.bulk_create([
        Warning(
            pk=uuid4(), identifier=f"urn:x:{at}", sender="x", sent=now - timedelta(minutes=at), state=State.ACTIVE,
            kind="flood", category="Met", severity="Severe", urgency="Immediate", certainty="Observed",
            expires=now + timedelta(hours=3), words=words, area={"polygons": [ring] * polygons},
            area_words={"id": "Jakarta " * 50}, covers=["31"], status="Actual", msg_type="Alert", **more,
        )
        for at in range(number)
    ])  # fmt: skip
    with transaction.atomic():
        standing.changed()


def test_four_hundred_with_fine_borders_are_told_in_pages_of_bounded_size(client) -> None:
    many(400, body_id="31")
    seen: list[str] = []
    for page in range(1, 15):
        shown = client.get(f"/peringatan?page={page}")
        assert len(shown.content) < 90_000
        seen += [one.split('"')[0] for one in shown.text.split('href="/peringatan/')[1:]]
        if 'rel="next"' not in shown.text:
            break
    assert len(set(seen)) == len(seen) == 400
    for odd in ("0", "-1", "x", "9" * 40, "²", "1000"):
        assert client.get("/peringatan", {"page": odd}).status_code == 200
        assert client.get("/cap/alerts.atom", {"page": odd}).status_code == 200
    assert 'rel="next"' not in client.get("/peringatan?page=1000").text  # the last there is, never "none at the moment"
    assert 'href="/peringatan/' in client.get("/peringatan?page=1000").text
    assert len(client.get("/area/31").content) < 200_000  # ten of them, and how many more
    assert "390 peringatan lagi" in client.get("/area/31").text
    assert 'href="/peringatan?area=31"' in client.get("/area/31").text  # of this place, as the number says
    jakarta = client.get("/peringatan?area=31&page=2").text
    assert f": {gazetteer.areas()['31'].name}</h1>" in jakarta
    assert "?area=31&amp;page=3" in jakarta
    assert 'href="/peringatan/' not in client.get("/peringatan?area=51").text
    for odd in ("0", "x", "31' --", "\0", "9" * 300):
        assert "400 " in client.get("/peringatan", {"area": odd}).text
    told, page, asked = [], "/cap/alerts.atom", 0
    while page:
        asked += 1
        answer = client.get(page)
        assert len(answer.content) < 250_000
        root = Xml.fromstring(answer.content)  # noqa: S314  our own
        told += [one.findtext(f"{ATOM}id") for one in root.findall(f"{ATOM}entry")]
        beside = {one.get("rel"): one.get("href") or "" for one in root.findall(f"{ATOM}link")}
        page = "/" + beside["next"].split("/", 3)[3] if "next" in beside else ""
    assert (len(told), len(set(told)), asked) == (400, 400, 4)


def test_a_map_gets_few_points_and_the_message_all(client) -> None:
    many(1, polygons=40, body_id="31")
    one = Warning.objects.get()
    drawn = json.loads(showing.geometry(one))["features"]
    assert len(drawn) == 40
    assert sum(len(part["geometry"]["coordinates"][0]) for part in drawn) <= showing.POINTS
    assert len(client.get(f"/peringatan/{one.pk}").content) < 150_000
    assert cap_writing.message(one).count(b",") >= 40 * 300


FINE = " ".join(f"{-6.2 + math.sin(at) / 50:.6f},{106.8 + math.cos(at) / 50:.6f}" for at in
                (2 * math.pi * n / 10_000 for n in range(10_001)))  # fmt: skip
ODD = {
    "ten thousand corners": (cap(area=f"<polygon>{FINE}</polygon>"), 1),
    "thirty thousand beside a box": (cap(area=f"<polygon>{' '.join([FINE] * 3)}</polygon><polygon>{BOX}</polygon>"), 1),
    "four hundred polygons": (cap(area=f"<polygon>{BOX}</polygon>" * 400), 1),
    "commas everywhere": (cap(area=f"<polygon>{BOX.replace(' ', ', ')}</polygon>"), 0),
    "line breaks between pairs": (cap(area=f"<polygon>{BOX.replace(' ', chr(10) + chr(9))}</polygon>"), 1),
    "not closed": (cap(area=f"<polygon>{BOX.rpartition(' ')[0]}</polygon>"), 1),
    "longitude first": (cap(area="<polygon>106.81,-6.16 106.83,-6.16 106.83,-6.18 106.81,-6.16</polygon>"), 0),
    "a point for an area": (cap(area="<polygon>-6.17,106.82 -6.17,106.82 -6.17,106.82 -6.17,106.82</polygon>"), 0),
    "no time zone": (cap(sent="2026-11-27T01:00:00"), 0),
    "another root": (b"<html><body>Too many requests</body></html>", 0),
    "an entity that grows": (b'<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;">]><alert>&y;</alert>', 0),
    "a byte order mark": (b"\xef\xbb\xbf" + cap(), 1),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_what_sources_publish_oddly_is_read_once_and_harms_no_other(source, name: str, client) -> None:
    odd, is_kept = ODD[name]
    source.files["/odd.xml"] = odd
    source.files["/good.xml"] = cap("CBT9")
    look()
    asked = source.asked.count("/odd.xml")
    look()
    assert (asked, source.asked.count("/odd.xml")) == (1, 1)
    assert Warning.objects.filter(identifier="CBT9").count() == 1
    assert Warning.objects.exclude(identifier="CBT9").count() == is_kept
    assert Fetched.objects.exclude(fault="").count() == 1 - is_kept
    assert client.get("/peringatan").status_code == 200
    assert Feed.objects.get().faults == 0
    for one in Warning.objects.all():
        assert len(showing.geometry(one)) < 100_000
        assert client.get(f"/peringatan/{one.pk}").status_code == 200
    assert len(warnings.all_in_force()) == 1 + is_kept
