"""Every text for people in the code has its Indonesian words, in the catalogue of its own room."""

import ast
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOMS = Path(__file__).parents[2] / "src" / "kentongan"
MARKS = {"_", "gettext", "gettext_lazy"}


def texts_of(room):
    """The marked texts in the modules of a room."""
    for path in room.glob("**/*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            marked = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS
            if marked and node.args and isinstance(node.args[0], ast.Constant):
                yield node.args[0].value


@pytest.mark.parametrize("room", [path.name for path in sorted(ROOMS.iterdir()) if path.is_dir()])
def test_every_text_of_a_room_is_translated(room):
    texts = set(texts_of(ROOMS / room))
    catalogue = ROOMS / room / "locale/id/LC_MESSAGES/django.po"
    known = {}
    if catalogue.exists():
        with catalogue.open("rb") as file:
            known = {one.id: one.string for one in read_po(file, locale="id") if one.id}
    assert sorted(text for text in texts if not known.get(text)) == []
