"""Whatever is written into a file, a setting, an address or a header: a value, or the refusal that is named."""

from __future__ import annotations

import csv
import io
import json
import re
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from kentongan.foundation import addresses, journal, logs, outgoing, sealing, tables
from kentongan.foundation.config import Config
from kentongan.foundation.databases import database_settings
from kentongan.foundation.problems import Problem
from kentongan.foundation.stale import mark
from kentongan.foundation.yaml_files import read_yaml
from kentongan.network import sealing as secrets
from tests.depth import few

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(st.characters(codec="ascii"), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abz", min_size=1, max_size=4), inner),
    max_leaves=4,
)  # fmt: skip
PIECES = st.sampled_from(
    ["a", ": ", "- ", "\n", "  ", "[", "]", "{", "}", ",", "2026-13-01", "0x_", "!!int ", "!!bool ", "!!timestamp ",
     "!!set ", "&a ", "*a", "'", '"', "|", "?", "12:61", "é", "\ud800", "\0", "<<", "=", "~", "1e9"]
)  # fmt: skip


# --- files ---


@given(st.lists(PIECES, max_size=9).map("".join) | st.text(max_size=30))
@example("2026-13-01")
@example("a: !!int x")
@example("!!timestamp x")
@example("!!bool x")
@example("\ud800")
@few()
def test_any_text_is_yaml_or_said_to_be_none(written: str) -> None:
    with suppress(yaml.YAMLError):
        read_yaml(written)


@given(PLAIN)
@few()
def test_plain_values_are_read_from_yaml_as_they_were_written(value: object) -> None:
    assert read_yaml(yaml.safe_dump(value, allow_unicode=True)) == value


CELL = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf"]) | st.sampled_from(',;\t|"\n'), max_size=8)


def rows_of(lines: io.StringIO, wanted: list[str]) -> tuple[list[str], list[list[str] | csv.Error]]:
    header, rows, _number = tables.rows(lines, wanted)
    found: list[list[str] | csv.Error] = []
    while True:
        try:
            if (row := next(rows, None)) is None:
                return header, found
            found.append(row)
        except csv.Error as fault:
            found.append(fault)


@given(
    st.lists(st.tuples(CELL, CELL, CELL), max_size=4), st.sampled_from(tables.SEPARATORS), st.booleans(), st.booleans()
)
@few()
def test_a_table_is_read_as_a_spreadsheet_wrote_it(
    rows: list[tuple[str, str, str]], separator: str, says: bool, every: bool
) -> None:
    written = io.StringIO(newline="")
    if says:
        written.write(f"sep={separator}\r\n")
    kept = csv.writer(written, delimiter=separator, quoting=csv.QUOTE_ALL if every else csv.QUOTE_MINIMAL)
    kept.writerows([("id", "Nama", "lon"), *rows])
    written.seek(0)
    header, found = rows_of(written, ["id", "nama"])
    assert header == ["id", "nama", "lon"]
    assert found == [list(row) for row in rows]


LINE = st.lists(st.sampled_from(["id", "nama", ",", ";", "\t", "|", '"', " ", "sep=", "a", "\r"]), max_size=7).map(
    "".join
)


@given(
    st.lists(LINE, max_size=5), st.sampled_from(["", "id,nama\n", 'sep="\nid,nama\n', "sep=  \nid, nama\n", "sep=\r\n"])
)
@few(60)
def test_any_lines_are_rows_or_a_table_that_is_none(lines: list[str], head: str) -> None:
    written = head + "\n".join(lines)
    try:
        header, found = rows_of(io.StringIO(written, newline=""), ["id", "nama"])
    except (tables.NoTable, csv.Error):
        return
    assert {"id", "nama"} <= set(header)
    assert len(found) < len(re.split("\r\n|\r|\n", written))  # the first line is the header, and no row is made up


def test_a_separator_that_parts_nothing_is_none() -> None:
    header, found = rows_of(io.StringIO("sep=  \nid, nama\n1, 2\n", newline=""), ["id", "nama"])
    assert (header, found) == (["id", "nama"], [["1", "2"]])  # with a blank for one, each id would end with a comma


@given(st.lists(PLAIN, max_size=4), st.data())
@few()
def test_of_notes_that_were_cut_short_those_before_the_cut_are_read(notes: list[object], data: st.DataObject) -> None:
    written = [b"\n" + json.dumps(one).encode() + b"\n" for one in notes]
    whole = b"".join(written)
    at = data.draw(st.integers(0, len(whole)))
    ends = [len(b"".join(written[: number + 1])) - 1 for number in range(len(notes))]
    read = journal._read(whole[:at])
    there = sum(end <= at for end in ends)
    assert read[:there] == notes[:there]
    assert len(read) <= there + 1  # of the one that was cut at most what is JSON still: half a number


# --- what is sealed ---


@given(PLAIN)
@few(20)
def test_what_is_sealed_is_opened_as_it_was_and_by_nobody_else(value: object) -> None:
    kept = sealing.seal(value)
    assert sealing.unseal(kept) == value
    assert sealing.unseal(kept[:-2]) is None
    assert sealing.unseal_bytes(sealing.seal_bytes(kept.encode())) == kept.encode()


@given(st.text(max_size=20) | st.text("gAAAAABé\ud800", max_size=20))
@example("é")
@few()
def test_what_nobody_sealed_is_nothing_or_a_secret_that_is_lost(written: str) -> None:
    assert sealing.unseal(written) is None
    if written:
        with pytest.raises(Problem, match="lost_secret"):
            secrets.unseal(written)


# --- addresses ---

HOST = st.lists(
    st.sampled_from(["a", "Z", "9", "-", ".", "_", "ſ", "K", "İ", "é", "٨", "xn--", "127.0.0.1"]), max_size=5
)
URL = st.builds(
    "{}://{}{}{}".format, st.sampled_from(["http", "HTTPS", "httpſ", "ftp"]),
    HOST.map("".join) | st.sampled_from(["[::1]", "[::ffff:1.2.3.4]", "[1::2::3]", "a@b", "user:pw@a", "a\\b"]),
    st.sampled_from(["", ":80", ":0", ":٨٠", ":65535", ":65536", ":", ":8x"]),
    st.sampled_from(["", "/", "/a?b#c", "?q", "/\\", "/ ", "/\u2028", "/é"]),
)  # fmt: skip


@given(URL | st.text(max_size=30))
@example("http://kentongan.id/")
@example("http://a:٨٠/")
@few(80)
def test_an_address_is_read_as_every_other_reader_reads_it_or_refused(url: str) -> None:
    try:
        found = addresses.read(url)
    except addresses.Refused:
        assert not addresses.is_address(url)
        return
    other = urlsplit(url)
    assert found.host.isascii()
    assert (found.scheme, found.port) == (other.scheme, other.port or addresses.PORTS[found.scheme])
    assert other.username is None
    theirs = other.hostname or ""
    assert found.host == (str(IPv6Address(theirs)) if ":" in theirs else theirs)
    assert addresses.read(found.origin) == found


V4 = st.integers(0, 2**32 - 1).map(IPv4Address) | st.sampled_from(["10.1.2.3", "127.0.0.1", "8.8.8.8"]).map(IPv4Address)


@given(V4)
@few()
def test_an_address_in_a_tunnel_is_public_where_the_one_inside_is(one: IPv4Address) -> None:
    inside = int(one)
    tunnels = [IPv6Address(inside | 0xFFFF << 32), IPv6Address(0x2002 << 112 | inside << 80)]
    tunnels.append(IPv6Address(int(IPv6Address("64:ff9b::")) | inside))
    assert {addresses.is_public(tunnel) for tunnel in tunnels} == {addresses.is_public(one)}
    if not one.is_global:
        assert not addresses.is_public(one)


@given(URL, URL | st.text(max_size=12), st.booleans())
@example("http://a.id/", "http://[", False)
@few(60)
def test_a_redirect_is_followed_to_as_safe_an_address_or_not_at_all(url: str, there: str, away: bool) -> None:
    if not addresses.is_address(url):
        return
    try:
        further = outgoing._further(url, there, away)
    except addresses.Refused:
        assert away
        return
    if further is not None:
        old, new = addresses.read(url), addresses.read(further)
        assert away or new.host == old.host
        assert new.scheme == "https" or old.scheme == "http"


# --- settings ---

SETTINGS = sorted(set(Config.model_fields) - {"data", "mode", "secret_key"})


@given(
    st.sampled_from(SETTINGS), st.text(max_size=15) | URL | st.sampled_from(["[" * 9000, '["a"]', "[1]", "10.0.0.1/8"])
)
@example("hosts", "[" * 100_000)
@few(60)
def test_any_setting_is_taken_or_named(name: str, written: str) -> None:
    told: list[Any] = []
    try:
        Config(**{"_env_file": None, "mode": "test", "database": "", "secret_key": "x", name: written})
    except ValidationError as fault:
        told = fault.errors()
    assert {one["loc"][:1] for one in told} <= {(name,), ()}


@given(st.text(max_size=12))
@example("~nobody-of-this-name/data")
@few()
def test_any_folder_of_data_is_a_whole_path_or_refused(written: str) -> None:
    try:
        found = Config(_env_file=None, mode="test", secret_key="x", database="", data=written)
    except ValidationError:
        return
    assert found.data.is_absolute()


WORD = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)


@given(
    WORD, WORD, st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True), st.integers(1, 65_535), WORD.filter(lambda one: one)
)
@few()
def test_the_address_of_a_postgresql_is_read_as_it_was_written(
    user: str, word: str, host: str, port: int, name: str
) -> None:
    said = f"postgresql://{quote(user, '')}:{quote(word, '')}@{host}:{port}/{quote(name, '')}"
    found = database_settings(said, Path())
    assert (found["USER"], found["PASSWORD"], found["HOST"], found["PORT"], found["NAME"]) == (
        user,
        word,
        host,
        port,
        name,
    )


@given(st.text(max_size=25))
@few(60)
def test_the_address_of_any_postgresql_is_read_or_refused(rest: str) -> None:
    said = ""
    try:
        found = database_settings(f"postgresql://{rest}", Path())
    except ValueError as fault:
        said = str(fault)
    assert "postgresql://user:password@host:port/name" in said or found["ENGINE"].endswith("postgresql")


# --- headers, forms ---


@given(st.text("aZ9._-\n é", max_size=12) | st.from_regex(r"[A-Za-z0-9._-]{8,64}", fullmatch=True))
@example("abcdefgh\n")
@few()
def test_a_request_is_called_by_one_word_whatever_a_proxy_says(given_name: str) -> None:
    try:
        name = logs.name_request(given_name)
    finally:
        logs.forget_request()
    assert name.isascii()
    assert not set(name) & set("\n ")
    assert 8 <= len(name) <= 64


@given(st.lists(PLAIN, max_size=3), st.lists(PLAIN, max_size=3))
@few()
def test_two_forms_have_one_mark_where_they_show_the_same(one: list[object], other: list[object]) -> None:
    assert (mark(*one) == mark(*other)) == (json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True))
    assert len(mark(*one)) == 16


@given(st.ip_addresses().map(str))
@few()
def test_an_ip_address_may_be_called_by_however_it_is_written(written: str) -> None:
    one = ip_address(written)
    assert addresses.may_be_called(written) == addresses.may_be_called(one.exploded)
