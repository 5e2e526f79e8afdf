"""How times are said in Indonesian: as people say them, not as Django's catalogue does."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone, translation

from kentongan.web.tags import by_hour, when


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


@pytest.mark.parametrize(
    ("at", "said"), [((27, 14, 0), "21:00 WIB"), ((27, 16, 59), "23:59 WIB"), ((27, 17, 1), "28 November, 00:01 WIB")]
)
def test_an_hour_of_another_day_is_said_with_its_day(
    monkeypatch: pytest.MonkeyPatch, at: tuple[int, int, int], said: str
) -> None:
    now = datetime(2026, 11, 27, 13, 0, tzinfo=UTC)  # eight in the evening in Jakarta
    monkeypatch.setattr(timezone, "now", lambda: now)
    with translation.override("id"):
        assert by_hour(now.replace(day=at[0], hour=at[1], minute=at[2])) == said
