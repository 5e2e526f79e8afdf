"""Every text for people in code and templates has its Indonesian words, in the catalogue of its own room."""

import ast
import re
from collections import Counter
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file, extract_python
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

ROOMS = Path(__file__).parents[2] / "src" / "kentongan"
MARKS = {"_", "_now", "_later", "_lazy", "gettext", "gettext_lazy", "ngettext"}


def texts_of(room):
    """The marked texts in the modules of a room."""
    for path in room.glob("**/*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            marked = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS
            if marked and node.args and isinstance(node.args[0], ast.Constant):
                yield node.args[0].value


def shown_by(room):
    """The texts of a room's templates; of one that counts, its form for one; with a context, the context and it."""
    options = {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}
    for path in sorted(room.glob("templates/**/*")):
        if path.suffix in {".html", ".txt"}:
            found = extract_from_file(
                "jinja2.ext:babel_extract",
                path,
                keywords={"_": None, "gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)},
                options=options,
            )
            for _line, text, _comments, context in found:
                yield (text[0] if isinstance(text, tuple) else text), context


def shown_by_accounts():
    """The texts of the pages that give django-allauth's our looks: Django's own templates, read as one line."""
    for path in sorted(ROOMS.glob("web/account_pages/**/*.html")):
        code = BytesIO(" ".join(templatize(path.read_text()).split()).encode())
        for _line, _name, text, _comments in extract_python(code, ["_", "gettext", "ngettext"], [], {}):
            yield (text[0] if isinstance(text, tuple) else text), None


def test_every_text_of_the_templates_is_translated():
    # A partial of one room is shown on pages of another: all catalogues are one when a page is shown.
    known = set()
    for catalogue in ROOMS.glob("*/locale/id/LC_MESSAGES/django.po"):
        with catalogue.open("rb") as file:
            for one in read_po(file, locale="id"):
                if one.id and one.string and all([one.string] if isinstance(one.string, str) else one.string):
                    known.add((one.id[0] if isinstance(one.id, tuple) else one.id, one.context))
    accounts = set(shown_by_accounts())
    assert len(accounts) > 15
    texts = {one for room in ROOMS.iterdir() for one in shown_by(room)} | accounts
    assert len(texts) > 300
    assert sorted(text for text, context in texts if (text, context) not in known) == []


@pytest.mark.parametrize("room", [path.name for path in sorted(ROOMS.iterdir()) if path.is_dir()])
def test_every_text_of_a_room_is_translated(room):
    texts = set(texts_of(ROOMS / room))
    catalogue = ROOMS / room / "locale/id/LC_MESSAGES/django.po"
    known = {}
    if catalogue.exists():
        with catalogue.open("rb") as file:
            rows = [one for one in read_po(file, locale="id") if one.id]
        known = {one.id[0] if isinstance(one.id, tuple) else one.id: one.string for one in rows}
    assert sorted(text for text in texts if not known.get(text)) == []


@pytest.mark.parametrize("room", [path.parts[-5] for path in sorted(ROOMS.glob("*/locale/id/LC_MESSAGES/django.po"))])
def test_no_text_stands_twice_in_a_catalogue(room):
    words = (ROOMS / room / "locale/id/LC_MESSAGES/django.po").read_text()
    texts = Counter(re.findall(r'^(?:msgctxt (".*")\n)?msgid (".+")$', words, re.MULTILINE))
    assert [text for text, times in texts.items() if times > 1] == []
