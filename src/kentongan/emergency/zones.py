"""By whose clock times are told: that of the place. Indonesia has three zones, and an hour is much in an emergency."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from kentongan import bodies, places
from kentongan.emergency.models import Alert, Watch


def zone_of_post(post: Watch) -> ZoneInfo:
    """The zone of what a post watches; of its body's region where it watches the whole country."""
    return places.zone_of(post.area_code) if post.area_code else bodies.zone(post.body_id)


def zone_of_alert(alert: Alert) -> ZoneInfo:
    """The zone of where somebody needs help; of the post that is called where the place is unknown."""
    if alert.area_code or alert.watch is None:
        return places.zone_of(alert.area_code)
    return zone_of_post(alert.watch)
