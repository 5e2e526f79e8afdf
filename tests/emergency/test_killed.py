"""The only server is killed again and again while phones press: what was acknowledged is there, each once."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.instances import Instance
from tests.world import STREET, build_country

pytestmark = pytest.mark.both
PHONES, EACH, KILLS = 4, 25, 3
COUNT = """
from kentongan.emergency.models import Alert, Entry
answer = [sorted(str(one) for one in Alert.objects.values_list("pk", flat=True)),
          Entry.objects.filter(kind="received").count()]
"""


def sent(url: str, said: dict[str, Any], claim: str) -> bool:
    """One try of a phone."""
    headers = {"Content-Type": "application/json", "Kentongan-Claim": claim}
    asked = urllib.request.Request(f"{url}/api/v1/alerts", json.dumps(said).encode(), headers)
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return answer.status in {200, 201} and json.load(answer)["alert_id"] == said["alert_id"]
    except OSError:  # refused or cut off: an HTTPError is one too, and the phone tries again
        return False


def test_a_server_that_is_killed_between_press_and_answer_loses_none_and_doubles_none(tmp_path: Path) -> None:
    places = tmp_path / "places.index"
    build_country(places)
    instance = Instance("sasaran", tmp_path / "sasaran", places)
    pressed: list[str] = []
    acknowledged: list[str] = []

    def phone() -> None:
        for _press in range(EACH):
            said = {"alert_id": str(uuid4()), "lon": STREET[0], "lat": STREET[1], "accuracy": 9}
            pressed.append(said["alert_id"])
            while not sent(instance.url, said, "c" * 32):
                time.sleep(0.2)
            acknowledged.append(said["alert_id"])

    try:
        instance.start("serve")
        phones = [threading.Thread(target=phone, daemon=True) for _ in range(PHONES)]
        for one in phones:
            one.start()
        for at in range(1, KILLS + 1):
            while len(acknowledged) < at * PHONES * EACH // (KILLS + 2):
                time.sleep(0.02)
            instance.kill("serve")
            known = instance.run(COUNT)[0]
            assert set(acknowledged) <= set(known)  # nothing was acknowledged before it was committed
            instance.start("serve")
        for one in phones:
            one.join(120)
        assert len(acknowledged) == PHONES * EACH
        assert instance.run(COUNT) == [sorted(pressed), PHONES * EACH]
    finally:
        instance.close()
