"""Templates can be read like a page: they compile, no line is long, and each partial is shown somewhere."""

import ast
from pathlib import Path

import pytest
from django.template import engines

ROOMS = Path(__file__).parents[2] / "src" / "kentongan"
TEMPLATES = sorted(path for path in ROOMS.glob("*/templates/**/*") if path.suffix in {".html", ".txt"})
ACCOUNT_PAGES = ROOMS / "web/account_pages"  # what gives django-allauth's pages our looks: Django's own templates
OF_ACCOUNTS = sorted(ACCOUNT_PAGES.glob("**/*.html"))
LONGEST = 120


@pytest.mark.parametrize("path", [*TEMPLATES, *OF_ACCOUNTS], ids=lambda path: str(path.relative_to(ROOMS)))
def test_a_template_compiles_and_has_no_long_line(path):
    if path in OF_ACCOUNTS:
        engines["django"].get_template(str(path.relative_to(ACCOUNT_PAGES)))
    else:
        engines["jinja2"].env.get_template(str(path.relative_to(path.parents[-1])).split("/templates/")[1])
    lines = path.read_text().splitlines()
    assert [number for number, line in enumerate(lines, 1) if len(line) > LONGEST] == []


def test_what_counts_is_written_so_that_the_formatter_can_indent_what_follows():
    """djlint takes `{% pluralize %}` for the end of all that is open: `ngettext(…)` says the same."""
    assert [path.name for path in TEMPLATES if path.suffix == ".html" and "{% pluralize" in path.read_text()] == []


def test_no_template_lies_where_nobody_looks():
    """Whatever a room shows lies in one of the two places that the formatter, the linter and these tests look at."""
    found = [
        path for path in ROOMS.rglob("*")
        if path.suffix in {".html", ".txt", ".xml", ".jinja", ".jinja2", ".j2"} and "static" not in path.parts
        and path.name != "icons.txt"
    ]  # fmt: skip
    assert sorted(set(found) - {*TEMPLATES, *OF_ACCOUNTS}) == []


def test_every_partial_is_shown_somewhere():
    partials = {str(path).split("/templates/")[1] for path in TEMPLATES if "/partials/" in str(path)}
    users = [*TEMPLATES, *ROOMS.glob("*/*.py"), *OF_ACCOUNTS]
    named = "\n".join(path.read_text() for path in users)
    assert sorted(one for one in partials if named.count(f'"{one}"') == 0) == []


def test_no_page_is_given_a_value_that_hides_what_every_template_calls():
    """`{"url": …}` once hid `url()`, and the page of a report that had moved was a 500."""
    every = set(engines["jinja2"].env.globals)
    hidden = [
        f"{path.name}:{key.lineno} {key.value}"
        for path in ROOMS.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"render", "render_to_string"}
        for given in node.args
        if isinstance(given, ast.Dict)
        for key in given.keys
        if isinstance(key, ast.Constant) and key.value in every
    ]
    assert hidden == []
