"""Rules and mappings that an operator writes: read as they were meant, or refused by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from kentongan.routing import past_files, rules
from tests.depth import few
from tests.inputs import moments, refused

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5) | st.dates(),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["code", "category", "to", "level", "duty", "body", "reason", "id", "en", "valid_from"]),
            inner,
        )
    ),
    max_leaves=5,
)
RULE = st.fixed_dictionaries(
    {
        "code": st.text("ab", min_size=1),
        "reason": st.just({"id": "x", "en": "y"}),
        "body": st.sampled_from(["31", "", 5]),
    },
    optional={"category": PLAIN, "valid_from": st.dates() | PLAIN, "to": PLAIN, "layer": PLAIN},
)


@given(st.fixed_dictionaries({"rules": st.lists(RULE | PLAIN, max_size=3) | PLAIN}) | PLAIN)
@few(60)
def test_any_rules_are_those_that_were_written_or_refused(said: Any) -> None:
    found: list[rules.Rulebook] = []
    if not refused(lambda: found.append(rules._parse(yaml.safe_dump(said), "x")), "bad_rules"):
        for rule, one in zip(found[0].rules, said["rules"], strict=True):
            assert bool(rule.body) != bool(rule.to)
            assert rule.code == one["code"]


@given(st.text(max_size=20) | st.sampled_from(["rules: 2026-13-01", "rules: &a [*a]", "[" * 2000]))
@example("rules: !!int x")
@few()
def test_any_text_is_rules_or_refused(written: str) -> None:
    refused(lambda: rules._parse(written, "x"), "bad_rules")


FORM = st.lists(
    st.sampled_from(["%Y", "%m", "%d", "%H", "%M", "%z", "%j", "%%", "%", "%Q", "-", " ", "/", "[", "("]), max_size=6
)


@given(
    FORM.map("".join),
    st.sampled_from(["", "Asia/Jakarta", "Mars", "../x", "Asia", "a\0"]) | st.text(max_size=4),
    st.sampled_from(["", "utf-8", "cp1252", "rot13", "base64", "nothing", "utf_16"]) | st.text(max_size=4),
    moments(1990, 2020),
)
@example("%d/%d/%Y", "", "", past_files.timezone.now())
@few(60, shared=True)
def test_a_mapping_that_is_taken_can_be_used(tmp_path: Path, form: str, zone: str, encoding: str, at: Any) -> None:
    said = {
        "source": "a",
        "id": "id",
        "category": {"otherwise": ""},
        "text": ["t"],
        "lon": "x",
        "lat": "y",
        "received_at": "r",
        "time_format": form,
        "time_zone": zone,
        "encoding": encoding,
    }
    path = tmp_path / "map.yaml"
    path.write_text(yaml.safe_dump(said), encoding="utf-8")
    found: list[past_files.Mapping] = []
    if refused(lambda: found.append(past_files.read_mapping(path)), "bad_mapping"):
        return
    (tmp_path / "a.csv").write_bytes(b"id,t,x,y,r\n1,Lubang,106.8,-6.2," + f"{at:{form}}".encode() + b"\n")
    lines: list[Any] = []
    refused(lambda: lines.extend(past_files.read(tmp_path / "a.csv", found[0], lambda _done, _of: None)), "bad_file")
    assert all(isinstance(one, str) for one in lines)  # each row says what is wrong: it has no category


@given(st.text("0123456789.,-_+°SELUBT' eE", max_size=14) | st.floats().map(str), st.sampled_from([0, 1]))
@few(60)
def test_any_coordinate_of_an_old_file_is_a_number_of_degrees_or_what_is_wrong_with_it(written: str, axis: int) -> None:
    row: Any = past_files._Row.__new__(past_files._Row)
    row._mapping = past_files.Mapping.model_construct(shift=(0.0, 0.0))
    try:
        degrees = row._degrees(written, axis)
    except past_files._Wrong as wrong:
        degrees = 0.0 if repr(written) in str(wrong) else float("nan")
    assert degrees == degrees
    assert abs(degrees) < float("inf")
