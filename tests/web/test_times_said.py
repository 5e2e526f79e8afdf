"""How times are said in Indonesian: as people say them, not as Django's catalogue does."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from kentongan.web.tags import when


@pytest.mark.parametrize(
    ("away", "said"),
    [
        (timedelta(0), "baru saja"),
        (timedelta(hours=3, minutes=1), "3 jam lagi"),
        (timedelta(minutes=5, seconds=30), "5 menit lagi"),
        (timedelta(days=4, hours=23, minutes=30), "4 hari, 23 jam lagi"),
        (timedelta(minutes=-5), "5 menit yang lalu"),
    ],
)
def test_a_time_is_said_as_people_say_it(away: timedelta, said: str) -> None:
    with translation.override("id"):
        assert f">{said}<" in when(timezone.now() + away).replace("\u00a0", " ")
