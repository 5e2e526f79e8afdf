"""The reference pages of the catalogue and the bodies name every key that the files take, and their examples load."""

import re
from pathlib import Path

import pytest

from kentongan import bodies, catalogue

REFERENCE = Path(__file__).parents[2] / "docs/reference"


def page(name):
    return (REFERENCE / f"{name}.md").read_text()


def example(name, tmp_path):
    file = tmp_path / f"{name}.yaml"
    file.write_text(re.search(r"```yaml\n(.*?)```", page(name), re.DOTALL)[1])
    return file


def named(text):
    return {key for row in re.findall(r"^\| (`.*?) \|", text, re.MULTILINE) for key in re.findall(r"`(\w+)`", row)}


@pytest.mark.django_db
def test_the_examples_load(tmp_path):
    assert catalogue.load(example("catalogue", tmp_path)) == 2
    assert bodies.load(example("bodies", tmp_path)) == 38 + 508 + 2


def test_every_key_is_in_the_reference():
    from kentongan.bodies.loading import Entry
    from kentongan.catalogue.loading import Kind, Question

    assert named(page("catalogue")) == set(Kind.model_fields) | set(Question.model_fields)
    assert named(page("bodies")) >= set(Entry.model_fields)
