"""Safety in the demonstration: a post that watches Jakarta, where every alert is a drill, and made-up numbers."""

from __future__ import annotations

from pathlib import Path

from kentongan import numbers
from kentongan.demo.accounts import OFFICER
from kentongan.emergency.models import Alert, Watch

NUMBERS = Path(__file__).with_name("numbers.csv")
BATCH = "peragaan"
TITLE = "Posko Jakarta (peragaan)"


def load() -> int:
    """Opens the post where it is missing; returns how many were opened."""
    numbers.load(NUMBERS, BATCH, is_demo=True)
    _post, made = Watch.objects.get_or_create(
        is_demo=True, defaults={"body_id": OFFICER.body, "title": TITLE, "area_code": OFFICER.body}
    )
    return int(made)


def end() -> None:
    """Takes the post away, and the alerts that were called there."""
    Alert.objects.filter(watch__is_demo=True).delete()
    Watch.objects.filter(is_demo=True).delete()
    numbers.drop(BATCH)
