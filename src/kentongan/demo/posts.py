"""A post that watches Jakarta in the demonstration: its officer goes on duty there, and every alert is a drill."""

from __future__ import annotations

from kentongan.demo.accounts import OFFICER
from kentongan.emergency.models import Alert, Watch

TITLE = "Posko Jakarta (peragaan)"


def load() -> int:
    """Opens the post where it is missing; returns how many were opened."""
    _post, made = Watch.objects.get_or_create(
        is_demo=True, defaults={"body_id": OFFICER.body, "title": TITLE, "area_code": OFFICER.body}
    )
    return int(made)


def end() -> None:
    """Takes the post away, and the alerts that were called there."""
    Alert.objects.filter(watch__is_demo=True).delete()
    Watch.objects.filter(is_demo=True).delete()
