"""What tests share is what the product makes: a copy of the world is the world as its files have it."""

from __future__ import annotations

import pytest
from django.apps import apps

from kentongan import bodies
from kentongan.foundation.models import Event
from kentongan.foundation.revision import Revision
from tests.world import load_world, load_world_from_files


def everything() -> dict[str, list[dict[str, object]]]:
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values())
        for model in apps.get_models()
        if model._default_manager.exists() and model is not Event  # of loading files; a copy tells nobody
    }


def empty() -> None:
    for label in ("bodies.Body", "catalogue.Category", "foundation.Revision"):
        model = apps.get_model(label)
        model.objects.all()._raw_delete("default")


@pytest.mark.django_db
def test_the_copied_world_is_the_one_of_the_files() -> None:
    load_world_from_files()
    of_files = everything()
    assert len(of_files["bodies.Body"]) > 500
    for _ in range(2):  # the first may be the one that is kept
        empty()
        load_world()
        assert everything() == of_files
        assert {code: one.level for code, one in bodies.snapshot().bodies.items()} == {
            one["code"]: one["level"] for one in of_files["bodies.Body"]
        }
        assert bodies.revision() == Revision.objects.get(name="bodies").number


@pytest.mark.parametrize("_which", ["first", "second"])
def test_the_world_that_stays_for_the_next_test_is_the_one_of_the_files_whatever_the_one_before_did(
    world: None, _which: str
) -> None:
    standing = everything()
    empty()
    load_world_from_files()
    assert everything() == standing
    bodies.make_partner("32")
