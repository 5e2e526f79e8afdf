"""Templates can be read like a page: they compile, no line is long, and each partial is shown somewhere."""

from pathlib import Path

import pytest
from django.template import engines

ROOMS = Path(__file__).parents[2] / "src" / "kentongan"
TEMPLATES = sorted(path for path in ROOMS.glob("*/templates/**/*") if path.suffix in {".html", ".txt"})
LONGEST = 120


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOMS)))
def test_a_template_compiles_and_has_no_long_line(path):
    engines["jinja2"].env.get_template(str(path.relative_to(path.parents[-1])).split("/templates/")[1])
    lines = path.read_text().splitlines()
    assert [number for number, line in enumerate(lines, 1) if len(line) > LONGEST] == []


def test_every_partial_is_shown_somewhere():
    partials = {str(path).split("/templates/")[1] for path in TEMPLATES if "/partials/" in str(path)}
    users = [*TEMPLATES, *ROOMS.glob("*/*.py"), *ROOMS.glob("web/account_pages/**/*.html")]
    named = "\n".join(path.read_text() for path in users)
    assert sorted(one for one in partials if named.count(f'"{one}"') == 0) == []
