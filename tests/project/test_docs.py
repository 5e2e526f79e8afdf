"""The pages say what the program does: no setting, command, option or address is missing or made up."""

import itertools
import re
from pathlib import Path
from typing import Any

import pytest
import typer
from django.urls import Resolver404, get_resolver, resolve
from typer.main import get_command

from kentongan.api.schema import api
from kentongan.cli.commands import app_for
from kentongan.foundation.config import Config
from kentongan.open311.urls import lost
from tests.project.doc_commands import PAGES, ROOT, calls, leaf, shown

DOCS = ROOT / "docs"


def commands(group: typer.main.TyperGroup, before: str) -> set[str]:
    found = set()
    for name, command in group.commands.items():
        below = getattr(command, "commands", None)
        found |= commands(command, f"{before} {name}") if below else {f"{before} {name}"}
    return found


def test_every_command_is_in_the_reference_and_no_other():
    page = (DOCS / "reference/commands.md").read_text()
    assert set(re.findall(r"^\| `(kentongan [a-z -]+)`", page, re.MULTILINE)) == commands(
        get_command(app_for()), "kentongan"
    )


def test_every_setting_is_in_the_reference_and_no_other():
    page = (DOCS / "reference/settings.md").read_text()
    named = set(re.findall(r"^\| `KENTONGAN_([A-Z0-9_]+)`", page, re.MULTILINE))
    assert named == {name.upper() for name in Config.model_fields}


def test_no_link_between_our_pages_is_broken():
    root = DOCS.parent
    for page in [*root.glob("*.md"), *DOCS.rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.relative_to(root)} links to {target}"


# --- commands ---


def options(command: Any) -> set[str]:
    return {"--help", "-h"} | {name for one in command.params for name in (*one.opts, *one.secondary_opts)}


IN_BLOCKS = [(page, call) for page in PAGES for call in shown(page)]


def test_the_calls_in_code_blocks_are_found():
    assert len(IN_BLOCKS) > 30
    assert {call[0] for _page, call in IN_BLOCKS} >= {"serve", "worker", "peers", "leave", "init", "backup", "demo"}
    assert calls("useradd --system --create-home kentongan") == []


@pytest.mark.parametrize(
    ("page", "words"), IN_BLOCKS, ids=lambda one: one.stem if isinstance(one, Path) else " ".join(one)[:60]
)
def test_every_call_of_ours_in_a_code_block_is_one_that_the_program_takes(page, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    command, rest = leaf(words)
    assert not hasattr(command, "commands"), f"{' '.join(words)} is a group"
    for word in rest:
        if word.endswith((".zip", ".tar", ".csv", ".csv.gz", ".yaml", ".pmtiles")) and "://" not in word:
            Path(word).touch()  # the files that the page tells of
    command.make_context(command.name, list(rest))  # raises where an argument is missing, unknown or of another kind


def test_every_command_and_option_named_in_a_sentence_is_there():
    wrong, seen = [], 0
    for page in PAGES:
        for named in re.findall(r"`kentongan\s([^`]+)`", page.read_text()):
            words = [word for word in named.split() if word not in {"…", "..."}]
            seen += 1
            try:
                command, rest = leaf(words) if words[0] != "COMMAND" else (get_command(app_for()), [])
            except AssertionError as fault:
                wrong.append(f"{page.name}: {fault}")
                continue
            unknown = {word for word in rest if word.startswith("-")} - options(command)
            wrong += [f"{page.name}: {named} has no {option}" for option in unknown]
    assert seen > 80
    assert wrong == []


def test_every_option_in_the_list_of_commands_is_one_of_its_command():
    wrong = []
    for name, said in re.findall(
        r"^\| `kentongan ([a-z -]+)` \| (.*) \|$", (DOCS / "reference/commands.md").read_text(), re.M
    ):
        command, _rest = leaf(name.split())
        ours = said.partition("`script/")[0]
        spans = [span for span in re.findall(r"`([^`]+)`", ours) if not span.startswith("kentongan")]
        wrong += [
            f"{name} {word}"
            for span in spans
            for word in re.findall(r"(?<!\S)--[a-z-]+", span)
            if word not in options(command)
        ]
    assert wrong == []


def test_every_script_named_is_there():
    for page in [*PAGES, ROOT / "CONTRIBUTING.md"]:
        for name in re.findall(r"(?<![\w/])script/([a-z][a-z-]*(?:\.mjs)?)", page.read_text()):
            assert (ROOT / "script" / name).exists(), f"{page.name} names script/{name}"


# --- addresses ---

# Of machines that are not ours: the interface of the national channel, and folders on a disk.
NOT_OURS = {"lapor.md"}
# What the addresses of a page follow, where it says so once.
ENDPOINTS = {
    "api.md": "/api/v1",
    "federation.md": "/network/v1",
    "open311.md": "/open311/v2",
    "connect-a-fixmystreet.md": "/open311/v2",
    "connect-an-open311-client.md": "/open311/v2",
}
FOLDERS = ("/opt", "/var", "/etc", "/tmp", "/usr", "/run", "/srv", "/home", "/dev")  # noqa: S108  names in prose
SAMPLES = ("7KQF-M2RD", "0b3fb1a2-94b1-4d7e-8f62-6a4a7a6a2f10", "12", "thumb", "json", "pu")


def is_ours(address: str) -> bool:
    """Whether an address leads to a view once its gaps are filled; one that ends with `/` may also begin others."""
    address = address.partition("?")[0]
    gap = re.compile(r"\{[^}]*\}|(?<=[/.])[A-Z]{2,}\b")
    holes = len(gap.findall(address))
    for fillings in itertools.product(SAMPLES, repeat=holes):
        given = iter(fillings)
        filled = gap.sub(lambda _hole, given=given: next(given), address)
        try:
            if resolve(filled).func is not lost:
                return True
        except Resolver404:
            continue
    begins = gap.sub("{}", address.lstrip("/"))
    return address.endswith("/") and any(re.sub("<[^>]*>", "{}", one).startswith(begins) for one in all_routes())


def all_routes(patterns: Any = None, before: str = "") -> list[str]:
    found = []
    for one in get_resolver().url_patterns if patterns is None else patterns:
        route = before + str(one.pattern)
        below = getattr(one, "url_patterns", None)
        found += all_routes(below, route) if below is not None else [] if one.callback is lost else [route]
    return found


def addresses(page: Path) -> list[str]:
    """The addresses of ours that a page names: with a method, by curl, and alone between backticks."""
    text = page.read_text()
    endpoint = ENDPOINTS.get(page.name, "")
    ending = ".json" if endpoint.startswith("/open311") else ""
    called = re.findall(r"`(?:GET|POST|PUT|PATCH|DELETE) /?((?:\{[^}]*\}|[^` ])*)", text)
    curled = re.findall(r"curl [^\n]*?https?://[^/\s]+(/[^\s'\"]*)", text)
    alone = [one for one in re.findall(r"`(/[a-z.][^` ]*)`", text) if not one.startswith(FOLDERS)]
    joined = [one if f"/{one}".startswith("/network/") else f"{endpoint}/{one}{ending}" for one in called]
    return [f"/{one.lstrip('/')}" for one in joined] * (page.name not in NOT_OURS) + curled + alone


NAMED = [(page, one) for page in PAGES for one in addresses(page)]


def test_addresses_that_lead_nowhere_are_known():
    assert len(NAMED) > 60
    assert is_ours("/r/CODE")
    assert is_ours("/api/v1/")
    assert not is_ours("/api/v1/nothing")
    assert not is_ours("/open311/v2/nothing.json")
    assert not is_ours("/nothing/")


def test_every_address_of_ours_leads_somewhere():
    assert [(page.name, address) for page, address in NAMED if not is_ours(address)] == []


def test_the_api_takes_every_method_and_step_that_its_page_names():
    page = (DOCS / "reference/api.md").read_text()
    paths = api.get_openapi_schema()["paths"]
    takes = {(method, re.sub(r"\{[^}]*\}", "{}", path)) for path, ways in paths.items() for method in ways}
    named = re.findall(r"`(GET|POST|PUT|PATCH|DELETE) (/[^`?]*)", page)
    steps = page.partition("## Steps")[2].partition("Each takes")[0]
    named = [one for one in named if not one[1].endswith("/")]
    named += [("POST", f"/reports/{{code}}/{step}") for step in re.findall(r"`([a-z]+)`", steps)]
    asked = {(method.lower(), "/api/v1" + re.sub(r"\{[^}]*\}", "{}", path)) for method, path in named}
    assert len(asked) > 30
    assert sorted(asked - takes) == []
