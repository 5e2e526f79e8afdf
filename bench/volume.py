"""A million reports of one body within minutes: written by the database itself, the same on SQLite and PostgreSQL.

Every value comes from the number of its row by a multiplication and a remainder, so that both databases hold the same
rows and a list of one can be held against that of the other. Indexes are made after the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from random import Random

import h3.api.basic_int as h3
from django.db import connection, models
from django.utils import timezone

from kentongan import catalogue
from kentongan.casework.models import Slip, Word
from kentongan.casework.stemming import forms, with_one_less
from kentongan.foundation.codes import ALPHABET
from kentongan.reports.models import Entry, Report

WORDS = ["lubang", "jalan", "rusak", "lampu", "padam", "banjir", "sampah", "pohon", "tumbang", "trotoar", "macet"]
IN_HAND, ENDED = ["routed", "accepted", "in_progress"], ["confirmed", "resolved", "rejected"]
BODY = "31.roads"
OPEN = 0.06  # the share that is not finished
MIXED = 2_147_483_647  # a prime: n × a mod it visits every remainder once
NOT_NULL = {
    "CharField": "''", "TextField": "''", "URLField": "''", "PositiveIntegerField": "0", "BooleanField": "FALSE",
    "PositiveSmallIntegerField": "2", "JSONField": "'{}'",
}  # fmt: skip


def write(number: int, officer: int) -> None:
    """Fills empty tables with `number` reports, their entries and words; `officer` works on some of them."""
    texts = [" ".join(one) for one in combinations(WORDS, 4)]
    Random(1).shuffle(texts)
    with connection.schema_editor() as editor:
        for model in (Report, Entry, Word):
            for index in _apart(model):
                editor.execute(f"DROP INDEX {editor.quote_name(index)}")
    with connection.cursor() as cursor:
        cursor.execute(_reports(number, texts, officer))
        cursor.execute(_entries())
        _write_words(texts)
    with connection.schema_editor() as editor:
        for index in Report._meta.indexes:
            editor.add_index(Report, index)
        for index in Entry._meta.indexes:
            editor.add_index(Entry, index)
        editor.execute("CREATE INDEX casework_word_report_id_bench ON casework_word (report_id)")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")


def _apart(model: type[models.Model]) -> list[str]:
    """The indexes of a table that hold no rule."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, table)
    return [name for name, one in found.items() if one["index"] and not one["unique"] and not one["primary_key"]]


def _mixed(times: int, of: int) -> str:
    """A number below `of` that follows from the row's and looks like none."""
    return f"((n * {times} + {times // 7}) % {MIXED} % {of})"


def _picked(values: Sequence[str], at: str) -> str:
    parts = " ".join(f"WHEN {number} THEN '{value}'" for number, value in enumerate(values))
    return f"CASE {at} {parts} END"


def _minutes_ago(minutes: str) -> str:
    now = timezone.now().strftime("%Y-%m-%d %H:%M:%S")
    if connection.vendor == "sqlite":
        return f"datetime('{now}', (-({minutes})) || ' minutes')"
    return f"(TIMESTAMPTZ '{now}+00' - ({minutes}) * INTERVAL '1 minute')"


def _numbers(number: int) -> str:
    if connection.vendor == "sqlite":
        return f"WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < {number - 1})"
    return f"WITH numbers(n) AS (SELECT generate_series(0::bigint, {number - 1}))"


def _reports(number: int, texts: list[str], officer: int) -> str:
    """One statement for all; what is not named here is as a model has it that nobody filled."""
    kinds = [one.code for one in catalogue.choosable() if one.needs_place]
    skewed = [int(len(kinds) * (at / 200) ** 2) for at in range(200)]  # a few kinds have most
    is_open = f"(n > {int(number * (1 - OPEN))} OR n % 500 = 0)"
    age = f"(({number} - n) / 2)"
    uuid = "printf('%032x', n)" if connection.vendor == "sqlite" else "lpad(to_hex(n), 32, '0')::uuid"
    letter = "substr('{}', CAST(n / {} % 28 AS integer) + 1, 1)"
    code = " || ".join(letter.format(ALPHABET, 28**at) for at in range(8)).replace(" || ", " || ", 1)
    parts = code.split(" || ")
    district = "'31.71.0' || (n % 6 + 1)"
    known = {
        "code": " || ".join([*parts[:4], "'-'", *parts[4:]]), "submission_id": uuid,
        "channel": _picked(["web", "web", "api", "open311"], "n % 4"),
        "category_id": _picked([kinds[at] for at in skewed], _mixed(48_271, 200)),
        "text": f"{_picked(texts, _mixed(69_621, len(texts)))} || ' nomor ' || (n % 100000)",
        "address": """'{"street":"Jalan Nomor ' || (n % 500) || '"}'""",
        "lon": f"round(106.69 + {_mixed(16_807, 280_000)} / 1000000.0, 6)",
        "lat": f"round(-6.36 + {_mixed(39_373, 270_000)} / 1000000.0, 6)",
        "cell": str(h3.latlng_to_cell(-6.2, 106.83, 10)), "place_quality": "'exact'",
        "province_code": "'31'", "regency_code": "'31.71'", "district_code": district,
        "village_code": f"{district} || '.10' || substr('0' || {_mixed(742_938_285, 44)}, -2)"
        if connection.vendor == "sqlite"
        else f"{district} || '.10' || right('0' || {_mixed(742_938_285, 44)}, 2)",
        "state": f"CASE WHEN {is_open} THEN {_picked(IN_HAND, _mixed(950_706_376, 3))} "
        f"ELSE {_picked(ENDED, _mixed(950_706_376, 3))} END",
        "body_id": f"'{BODY}'", "privacy": "'public'", "seq": "2",
        "priority": "CASE WHEN n % 97 = 0 THEN 4 WHEN n % 31 = 0 THEN 3 ELSE 2 END",
        "assignee_id": f"CASE WHEN {is_open} AND n % 40 = 0 THEN {officer} END",
        "support_count": _mixed(1_226_874_159, 30), "contest_count": "CASE WHEN n % 1003 = 0 THEN 1 ELSE 0 END",
        "created_at": _minutes_ago(age), "updated_at": _minutes_ago(age),
        "deadline_at": f"CASE WHEN n % 9 > 0 THEN {_minutes_ago(f'{age} - 1440 * (1 + {_mixed(62_089_911, 29)})')} END",
        "ended_at": f"CASE WHEN NOT {is_open} THEN "
        f"{_minutes_ago(f'{age} - 1440 * (1 + {_mixed(1_343_714_438, 39)})')} END",
    }  # fmt: skip
    columns = {
        str(one.column): known.get(str(one.column)) or ("NULL" if one.null else NOT_NULL[one.get_internal_type()])
        for one in Report._meta.concrete_fields
        if not one.primary_key
    }
    for name in ("reopen_count", "comment_count", "photo_count"):
        columns[name] = "0"
    if connection.vendor == "postgresql":
        columns |= {str(one.column): f"CAST({columns[str(one.column)]} AS jsonb)"
                    for one in Report._meta.concrete_fields if one.get_internal_type() == "JSONField"}  # fmt: skip
    sql = f"{_numbers(number)} SELECT {', '.join(columns.values())} FROM numbers ORDER BY n"
    return f"INSERT INTO reports_report ({', '.join(columns)}) {sql}"


def _entries() -> str:
    """Each came in and was routed."""
    data = "'{}'" if connection.vendor == "sqlite" else "CAST('{}' AS jsonb)"
    columns = "report_id, seq, kind, at, actor, body_id, state_from, state_to, visibility, text, data"
    rows = [
        f"SELECT id, {seq}, '{kind}', created_at, 'system', body_id, '{before}', '{after}', 'public', '', {data}"
        " FROM reports_report"
        for seq, kind, before, after in ((1, "received", "", "received"), (2, "routed", "received", "routed"))
    ]
    return f"INSERT INTO reports_entry ({columns}) {' UNION ALL '.join(rows)} ORDER BY 1, 2"


def _write_words(texts: list[str]) -> None:
    """The words of each report as the search keeps them, in the order of their index."""
    of_texts = sorted(
        {(form, number) for number, text in enumerate(texts) for one in text.split() for form in forms(one)}
    )
    values = ", ".join(f"('{form}', {number})" for form, number in of_texts)
    counted = "SELECT id, id - low AS n FROM reports_report, (SELECT min(id) AS low FROM reports_report) AS first"
    numbered = f"SELECT id, n, {_mixed(69_621, len(texts))} AS said FROM ({counted}) AS counted"
    same = {"", *forms("nomor"), *forms("jalan")}
    found = [f"SELECT '{one}', id FROM numbered" for one in sorted(same)]
    text = "CAST({} AS text)"
    found.append(f"SELECT {text.format('n % 100000')}, id FROM numbered")
    found.append(f"SELECT {text.format('n % 500')}, id FROM numbered WHERE n % 500 <> n % 100000")
    found.append("SELECT form, id FROM numbered JOIN spoken ON spoken.said = numbered.said")
    kept = ", ".join(f"'{one}'" for one in sorted(same))
    of = f"WITH numbered AS ({numbered}), spoken(form, said) AS (VALUES {values})"
    if connection.vendor == "sqlite":
        of = of.replace("numbered AS (", "numbered AS MATERIALIZED (")
    found[-1] += f" WHERE form NOT IN ({kept})"
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO casework_word (word, report_id) {of} {' UNION ALL '.join(found)} ORDER BY 1, 2")
    every = {*WORDS, "nomor", *(form for one in (*WORDS, "nomor") for form in forms(one))}
    slips = [Slip(form=form, word=word) for word in sorted(every) if len(word) >= 4 for form in with_one_less(word)]
    Slip.objects.bulk_create(slips, ignore_conflicts=True)
