"""Whatever stands in a block of a page is tried by a test: a command that nobody runs, or a message that nobody reads,
fails here until it is.

Calls of ours are run by test_commands_run.py, scripts named there, requests sent by test_http_examples.py, and the
production guide walked by test_guide.py; the other blocks are read by the tests that are named here.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client

from kentongan import catalogue, numbers
from kentongan.front.streams import _written
from kentongan.network.dialects.kentongan import wire
from kentongan.network.dialects.kentongan.server import MESSAGE
from tests.project.doc_commands import PAGES, ROOT, calls

_FENCED = re.compile(r"^ *```([^\n]*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
# The page and what stands behind its three strokes (a language, and a name where there is one); who tries it.
READ = {
    "alerts-between-instances.md": (
        "emergency/neighbour.py emergency/test_abroad.py",
        "json watches|json letters|json answer|json step|json look|json withdrawn",
    ),
    "api.md": ("project/test_http_examples.py", "json"),
    "bodies.md": ("catalogue/test_world_docs.py", "yaml"),
    "bring-past-reports.md": ("project/test_commands_run.py", "yaml"),
    "catalogue.md": ("catalogue/test_world_docs.py project/test_examples.py", "yaml|yaml"),
    "exit-bundle.md": (
        "network/test_leaving.py",
        "json manifest|json reports|json entries|json photos|json bodies|json categories",
    ),
    "federation.md": (
        "network/test_federation_docs.py project/test_examples.py",
        "json card|json introduction|json hand_over|json result|json entry|json decline|json withdraw|json moved"
        "|json photos",
    ),
    "live.md": ("project/test_examples.py", ""),
    "numbers.md": ("project/test_examples.py", "csv"),
    "run-in-containers.md": ("project/test_guide.py", "dockerfile Containerfile|yaml compose.yaml"),
    "run-in-production.md": (
        "project/test_guide.py",
        "ini /etc/systemd/system/kentongan.service|ini /etc/systemd/system/kentongan-worker.service"
        "|nginx /etc/nginx/sites-available/kentongan|caddy /etc/caddy/Caddyfile",
    ),
    "set-up-the-centre.md": ("bodies/test_centre.py", "yaml"),
    "sms.md": ("emergency/test_sms.py", "|sms form|sms json"),
    "warnings.md": ("warnings/test_feeds.py", "xml"),
    "webhooks.md": ("network/test_dialect_webhook.py", "json"),
}
# Lines of a shell that no test runs, and why not. `docker compose run … kentongan …` is run without its container.
NOT_RUN = {
    "docker compose up -d": "there is no Docker where tests run",
    "docker compose build": "there is no Docker where tests run",
    "docker compose run -d --name kentongan-new -p 127.0.0.1:8001:8000 server": "there is no Docker where tests run",
    "journalctl -u kentongan -u kentongan-worker -g kept -n 2": "test_guide.py looks in the log itself",
    "git clone <address of this repository> kentongan": "where this is read it is done",
    "cd kentongan": "where this is read it is done",
    "export KENTONGAN_MODE=demo KENTONGAN_DATA=$PWD/data/demo": "the calls below it are run with settings of the tests",
}


def blocks(page: Path) -> list[tuple[str, str]]:
    """What stands behind the three strokes, and the content, of each fenced block that is not of a shell."""
    return [(one.strip(), content) for one, content in _FENCED.findall(page.read_text()) if one.strip() != "sh"]


def commands(page: Path) -> list[str]:
    """The lines of the blocks of a shell, and of those that are only indented."""
    text = page.read_text()
    found = [content for language, content in _FENCED.findall(text) if language.strip() == "sh"]
    found += re.findall(r"(?m)(?:^    [^\n]*\n?)+", _FENCED.sub("", text))
    return [line.strip() for one in found for line in one.replace("\\\n", " ").splitlines() if line.strip()]


def content_of(page: str, at: int = 0) -> str:
    return blocks(next(one for one in PAGES if one.name == page))[at][1]


def test_every_block_of_every_page_is_read_by_a_test():
    shown = {page.name: "|".join(language for language, _content in blocks(page)) for page in PAGES if blocks(page)}
    assert shown == {page: languages for page, (_tests, languages) in READ.items()}
    for page, (tests, languages) in READ.items():
        said = "".join((ROOT / "tests" / one).read_text() for one in tests.split())
        assert page.removesuffix(".md") in said or f'"{page.removesuffix(".md")}"' in said, page
        named = [one.partition(" ")[2].rpartition("/")[2] for one in languages.split("|")]
        assert [name for name in named if name and name not in said] == [], page


def test_every_line_of_a_shell_is_run_by_a_test_or_says_why_not():
    left = set()
    for page in PAGES:
        for line in commands(page):
            ours = calls(line) or re.match(r"(KENTONGAN_\S+ )*script/", line) or line.startswith("#")
            walked = page.name == "run-in-production.md" and "journalctl" not in line
            sent = page.name in {"api.md", "alerts.md"} and (line.startswith("curl ") or line[0] in "\"'{")
            table = page.name == "bring-the-assets.md" and ";" in line  # is the file that its call loads
            if not (ours or walked or sent or table):
                left.add(line)
    assert left == set(NOT_RUN)


def test_the_message_of_a_move_is_one_that_we_read():
    shown = json.loads(dict(blocks(next(one for one in PAGES if one.name == "federation.md")))["json moved"])
    assert MESSAGE.validate_python(shown).type == "moved"
    assert set(shown) == set(wire.MovedMessage.model_fields)


def test_an_event_of_the_stream_is_written_as_the_page_shows_it():
    assert _written(4711, ("area:31.71", "reports")) == content_of("live.md") + "\n"


@pytest.mark.django_db
def test_the_table_of_numbers_is_taken_as_it_stands_there(tmp_path: Path):
    file = tmp_path / "numbers.csv"
    file.write_text(content_of("numbers.md"))
    assert numbers.load(file) == 1
    assert "Puskesmas Contoh" in {one.name_id for one in numbers.of_province("31")}


@pytest.mark.django_db
def test_a_kind_takes_the_asset_of_the_page(tmp_path: Path):
    kinds: dict[str, Any] = yaml.safe_load(content_of("catalogue.md"))
    kinds["kinds"][0]["kinds"][0] |= yaml.safe_load(content_of("catalogue.md", 1))
    file = tmp_path / "catalogue.yaml"
    file.write_text(yaml.safe_dump(kinds))
    assert catalogue.load(file) == 2
    assert catalogue.get("road_damage").asset_layer == "street_light"


ASKED = sorted(
    {
        (page.name, address)
        for page in PAGES
        for address in re.findall(r"`GET (/api/[^`]*\?[^`]*)`", page.read_text())
        if not re.search(r"=(?:&|$|…)|[A-Z{]", address)
    }
)


def test_whole_addresses_of_the_api_are_found():
    assert {page for page, _address in ASKED} >= {"numbers.md", "bring-the-streets.md"}


@pytest.mark.django_db
@pytest.mark.parametrize("address", [address for _page, address in ASKED])
def test_a_whole_address_of_the_api_in_a_sentence_is_answered(address: str, world: None):
    answer = Client().get(address)
    assert answer.status_code == 200, answer.content
    assert answer.json()
