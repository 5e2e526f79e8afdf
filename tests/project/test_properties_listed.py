"""The table of parsers and time rules (docs/explanation/tests.md) names what there is, and tests that hold it."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/explanation/tests.md").read_text(encoding="utf-8")
TABLE = PAGE.partition("# Which property holds which parser")[2].partition("\n# ")[0]


def test_all_that_the_table_of_properties_names_is_there_and_each_file_has_properties() -> None:
    rows = [line.split(" | ") for line in TABLE.splitlines() if line.startswith("| ") and "`" in line]
    assert len(rows) > 40
    for _what, where, held in rows:
        for place, names in re.findall(r"`([\w/]+\.py): ([\w, ]+)`", where):
            said = (ROOT / "src/kentongan" / place).read_text(encoding="utf-8")
            for name in names.split(", "):
                assert re.search(rf"^(def|class) {name}\b|^{name}\b.* = |^    def {name}\b", said, re.MULTILINE), (
                    place,
                    name,
                )
        tests = re.findall(r"`([\w/]+\.py)`", held)
        assert tests, where
        for test in tests:
            assert "@given" in (ROOT / "tests" / test).read_text(encoding="utf-8"), test
