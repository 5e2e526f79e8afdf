"""An exercise in the demonstration: Jakarta may warn, and warns of a made-up flood; everything says that it is none."""

from __future__ import annotations

from kentongan import warnings
from kentongan.demo.accounts import OFFICER, person
from kentongan.warnings import standing
from kentongan.warnings.models import Right, Warning
from kentongan.warnings.states import State

SAID = {
    "kind": "flood", "urgency": "Expected", "severity": "Moderate", "certainty": "Possible", "hours": "336",
    "codes": "31.71.01", "exercise": "yes",
    "headline_id": "Latihan: air naik di sekitar Gambir", "headline_en": "Exercise: water is rising around Gambir",
    "description_id": "Peringatan peragaan. Tidak ada banjir.",
    "description_en": "A warning of the demonstration. There is no flood.",
    "instruction_id": "Lihat bagaimana peringatan ini tampil, lalu perbarui atau cabut di meja petugas.",
    "instruction_en": "See how this warning looks, then update it or take it back at the officers' desk.",
}  # fmt: skip


def load() -> int:
    """Gives Jakarta the right and publishes the exercise where none is in force; returns how many were published."""
    if not Right.objects.filter(body=OFFICER.body).exists():
        warnings.give(OFFICER.body)
        Right.objects.filter(body=OFFICER.body).update(is_demo=True)
    if Warning.objects.filter(is_demo=True, state=State.ACTIVE).exists():
        return 0
    one = warnings.draft(person(OFFICER), OFFICER.body, SAID)
    warnings.publish(person(OFFICER), one.pk, one.version)
    return 1


def end() -> None:
    """Takes the exercise and the right away."""
    Warning.objects.filter(is_demo=True).delete()
    Right.objects.filter(is_demo=True).delete()
    standing.changed()
