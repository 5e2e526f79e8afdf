"""Questions that a body of the tests' world asks: one that everybody reads the answer of, one for staff alone."""

from __future__ import annotations

from typing import Any

from kentongan import bodies
from kentongan.bodies.models import OwnQuestion

DEPTH = [
    {"key": "ankle", "name": {"id": "Semata kaki", "en": "To the ankle"}},
    {"key": "knee", "name": {"id": "Selutut", "en": "To the knee"}},
]


def asks(body: str = "31.roads", **more: Any) -> OwnQuestion:
    """`house`: a few words, required, for staff alone, unless told otherwise."""
    told = {
        "code": "house", "datatype": "string", "words_id": "Nomor rumah?", "words_en": "Which house?",
        "required": True, **more,
    }  # fmt: skip
    made = OwnQuestion.objects.create(body_id=body, category=told.pop("category", "road_damage"), **told)
    bodies.questions_changed()
    return made


def asks_depth(body: str = "31.roads", **more: Any) -> OwnQuestion:
    """`depth`: one of two options, not required, its answer public."""
    told = {
        "code": "depth", "datatype": "singlevaluelist", "words_id": "Seberapa dalam?", "words_en": "How deep?",
        "required": False, "public": True, "values": DEPTH, "position": 1,
    }  # fmt: skip
    return asks(body, **(told | more))
