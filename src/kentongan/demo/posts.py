"""Safety in the demonstration: a post that watches Jakarta with units, cards and a shift, where every alert is a drill,
and made-up numbers."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from django.utils import timezone

from kentongan import emergency, numbers
from kentongan.demo.accounts import OFFICER, person
from kentongan.emergency.fleet import Shift
from kentongan.emergency.models import Alert, Watch

NUMBERS = Path(__file__).with_name("numbers.csv")
BATCH = "peragaan"
TITLE = "Posko Jakarta (peragaan)"
MINE = "Unit 3 (peragaan)"  # of the officer, who may try its page
# Call sign, kind, and where it is while the demonstration is young.
UNITS = (
    (MINE, "ambulance", None), ("Unit 1 (peragaan)", "patrol", (106.8230, -6.1950)),
    ("Damkar 2 (peragaan)", "fire", (106.8450, -6.2100)),
)  # fmt: skip
CARDS = (
    ("", ("Apakah Anda aman di tempat Anda?", "Apakah ada yang terluka?"), ("patrol",), "Tetap di tempat yang aman."),
    (
        "fire", ("Apakah semua orang sudah keluar?", "Apakah ada asap di dalam?", "Apakah mobil pemadam dapat masuk?"),
        ("fire", "ambulance"), "Tutup pintu, jangan pakai lift, jangan kembali ke dalam.",
    ),
    (
        "medical", ("Apakah orangnya sadar?", "Apakah ia bernapas?", "Apakah berdarah banyak?"), ("ambulance",),
        "Jangan pindahkan orangnya kecuali ada bahaya.",
    ),
)  # fmt: skip


def load() -> int:
    """Opens the post where it is missing; returns how many were opened."""
    numbers.load(NUMBERS, BATCH, is_demo=True)
    post, made = Watch.objects.get_or_create(
        is_demo=True, defaults={"body_id": OFFICER.body, "title": TITLE, "area_code": OFFICER.body}
    )
    if made:
        _equip(post)
    return int(made)


def _equip(post: Watch) -> None:
    """Units, cards and a calendar with an hour that nobody has; all go with the post."""
    lead = person(OFFICER)
    for name, kind, place in UNITS:
        crew = [str(lead.pk)] if name == MINE else []
        unit = emergency.keep_unit(lead, post.pk, {"call_sign": name, "kind": kind}, crew)
        if place:
            emergency.report(unit, lead, "available")
            emergency.hear(unit, {"lon": place[0], "lat": place[1], "accuracy": 20})
    for kind, questions, units, advice in CARDS:
        given = {"kind": kind, "questions": "\n".join(questions), "advice": advice}
        emergency.keep_card(lead, post.pk, given, units)
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    for begins, ends in ((0, 8), (9, 17)):
        first, last = now + timedelta(hours=begins), now + timedelta(hours=ends)
        Shift.objects.create(watch=post, person=lead, begins_at=first, ends_at=last)
    emergency.hand_over(lead, post.pk, "Contoh: ambulans 2 sedang di bengkel sampai besok.")


def end() -> None:
    """Takes the post away, and the alerts that were called there."""
    Alert.objects.filter(watch__is_demo=True).delete()
    Watch.objects.filter(is_demo=True).delete()
    numbers.drop(BATCH)
