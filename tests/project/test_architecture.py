"""The page on the architecture tells of what there is: its picture, its table of rooms, and the files it leads to."""

from __future__ import annotations

import ast
import re
from xml.etree import ElementTree

from tests import rooms

PAGE = (rooms.ROOT / "docs/architecture.md").read_text(encoding="utf-8")
LINKS = re.findall(r"\[(`?)([^\]`]+)`?\]\(([^)#:]+)\)", PAGE)


def defined(source: str) -> set[str]:
    tree = ast.parse(source)
    return {
        one.name for one in ast.walk(tree) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }


def test_the_picture_of_the_rooms_is_that_of_the_imports():
    assert rooms.PICTURE.read_text(encoding="utf-8") == rooms.draw(), "run script/draw-rooms"
    assert "pictures/rooms.svg" in [target for _tick, _label, target in LINKS]


def test_the_picture_names_every_room_as_text_and_suits_light_and_dark():
    drawn = rooms.PICTURE.read_text(encoding="utf-8")
    named = [one.text for one in ElementTree.fromstring(drawn).iter("{http://www.w3.org/2000/svg}text")]  # noqa: S314  ours
    assert sorted(named) == sorted(rooms.imports())
    assert "prefers-color-scheme: dark" in drawn


def test_an_arrow_that_others_imply_is_left_out_and_no_import_is_lost():
    found = {"a": {"b", "c"}, "b": {"c"}, "c": set()}
    assert rooms.arrows(found) == [("a", "b"), ("b", "c")]

    def reached(room, ways):
        below = {b for a, b in ways if a == room}
        return below.union(*(reached(one, ways) for one in below))

    real = rooms.imports()
    assert [a for a in real if not real[a] <= reached(a, rooms.arrows(real))] == []


def test_every_room_stands_in_the_table_and_no_other():
    table = PAGE.partition("| rooms | what they are |")[2].partition("\n\n")[0]
    firsts = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert sorted(re.findall(r"`(\w+)`", " ".join(firsts))) == sorted(rooms.imports())


def test_every_file_that_the_page_leads_to_is_there_and_has_what_is_named():
    wrong = []
    for tick, label, target in LINKS:
        file = (rooms.ROOT / "docs" / target).resolve()
        if not file.exists():
            wrong.append(f"{target} is not there")
        elif tick and re.fullmatch(r"\w+", label) and file.suffix == ".py" and label != file.stem:
            if label not in defined(file.read_text(encoding="utf-8")):
                wrong.append(f"{target} has no {label}")
        elif tick and "/" in label and not str(file).endswith((label, label.rstrip("/") + "/" + file.name)):
            wrong.append(f"{label} leads to {target}")
    assert wrong == []


def test_where_do_i_put_has_ten_examples():
    rows = PAGE.partition("## Where do I put")[2].partition("\n## ")[0]
    assert len(re.findall(r"^\| an? |^\| something ", rows, re.MULTILINE)) >= 10
