"""Reports by what was written in them: the words that are kept of each, and which of them somebody may have meant.

Words stand in a table of our own and not in the full-text index of either database, so that both answer alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from threading import Lock
from typing import Any, NamedTuple

from cachetools import TTLCache
from django.db import connection, transaction
from django.db.models import Max
from rapidfuzz.distance import OSA

from kentongan import places
from kentongan.casework.models import Slip, Word
from kentongan.casework.stemming import forms, with_one_less, written
from kentongan.foundation import prepared
from kentongan.reports.models import Report

BATCH = 500
ROUND = 20_000  # reports that one turn of the worker learns at most
AGAIN = 5_000  # ids below the newest known that are looked at again: a lower one may be committed later
CORRECTED, TWICE = 4, 8  # letters from which on one slip, and two, are forgiven
ALIKE = 6  # words that a typed one may stand for
RARER = 20  # what stands for a word that there is must be so much rarer: a slip of it, and no word of its own
NEW_WORDS = {"received", "came_in", "moved_in", "hidden", "shown_again"}
COMMON = 2_000  # reports from which on a word leaves too many to begin with
MOST_WORDS = 8  # of what somebody types
_lock = Lock()
_known: TTLCache[str, list[Meant]] = TTLCache(256, 15)


class Meant(NamedTuple):
    """What one typed word may be in a report, and whether few reports have it."""

    words: tuple[str, ...]
    is_rare: bool


def meant(typed: str) -> list[Meant]:
    """What each typed word may mean; one without words is in no report. Every word has to be in a report."""
    with _lock:
        found = _known.get(typed)
    if found is None:
        found = [_meant(one) for one in written(typed)[:MOST_WORDS]]
        with _lock:
            _known[typed] = found
    return found


def forget() -> None:
    """Drops what this process knows of words."""
    with _lock:
        _known.clear()


def hear_words(events: list[dict[str, Any]]) -> Callable[[], None]:
    """Prepared subscriber of the timeline: a new report can be found by its words, and none by words that were
    hidden."""
    return _learned([event["report"] for event in events if event["kind"] in NEW_WORDS])


def learn_new() -> int:
    """Learns the words of reports that came by other ways (an import, or before there was a search); how many."""
    last = Word.objects.filter(word="").aggregate(last=Max("report_id"))["last"] or 0
    known = Word.objects.filter(word="", report_id__gt=last - AGAIN).values("report_id")
    new = Report.objects.filter(pk__gt=last - AGAIN).exclude(pk__in=known).order_by("pk")
    keys = list(new.values_list("pk", flat=True)[:ROUND])
    for at in range(0, len(keys), BATCH):
        learn(keys[at : at + BATCH])
    return len(keys)


def learn(keys: Sequence[int]) -> None:
    """Keeps the words of these reports, of their text and their street; those of before are taken away."""
    _learned(keys)()


def _learned(keys: Sequence[int]) -> Callable[[], None]:
    """Looks at the words; what it returns keeps them."""
    read = _read(keys)
    return partial(_keep, keys, read, *_words(read))


def _read(keys: Sequence[int]) -> list[tuple[int, str, str]]:
    return list(Report.objects.filter(pk__in=set(keys)).order_by("pk").values_list("pk", "text", "address"))


def _words(read: list[tuple[int, str, str]]) -> tuple[list[tuple[str, int]], set[str]]:
    """The rows of these reports, and the words that may be written with a slip."""
    said = {key: _said(text, address) for key, text, address in read}
    kept = {key: {"", *(form for word in words for form in forms(word))} for key, words in said.items()}
    every = {word for words in (*said.values(), *kept.values()) for word in words if _has_slips(word)}
    return [(word, key) for key, found in sorted(kept.items()) for word in sorted(found)], every


def _keep(keys: Sequence[int], read: list[tuple[int, str, str]], words: list[tuple[str, int]], every: set[str]) -> None:
    if not keys:
        return
    with transaction.atomic():
        if (now := _read(keys)) != read:  # words were hidden meanwhile: nothing is found by them
            read, (words, every) = now, _words(now)
        Word.objects.filter(report_id__in=[key for key, _text, _address in read]).delete()
        _store("casework_word (word, report_id)", "bigint", words)
        known = set(Slip.objects.filter(form__in=every, word__in=every).values_list("word", flat=True))
        slips = [(form, word) for word in sorted(every - known) for form in sorted(with_one_less(word))]
        _store("casework_slip (form, word)", "text", slips)


def _store(into: str, second: str, pairs: Sequence[tuple[Any, Any]]) -> None:
    """Stores pairs (`second`: what the second of each is) that are not there yet, by one statement for any number: some
    twenty for each report, of which Django would make an object each."""
    if connection.vendor == "sqlite":
        prepared.run_each(f"INSERT INTO {into} VALUES (%s, %s) ON CONFLICT DO NOTHING", pairs)  # noqa: S608
    elif pairs:
        from_lists = f"INSERT INTO {into} SELECT * FROM unnest(%s::text[], %s::{second}[]) ON CONFLICT DO NOTHING"  # noqa: S608
        prepared.run(from_lists, [list(side) for side in zip(*pairs, strict=True)])


def _said(text: str, address: str) -> list[str]:
    street = places.kept_facts(address).get("street", "") if address else ""
    return written(f"{text} {street}")


def _has_slips(word: str) -> bool:
    return len(word) >= CORRECTED and word.isascii() and word.isalpha()


def _meant(typed: str) -> Meant:
    """A word as it was typed, and what may be a slip of it: rarer ones where there is such a word, all where not."""
    here = {one: number for one in forms(typed) if (number := _number((one,)))}
    most = max(here.values(), default=0)
    near = dict.fromkeys(form for said in (typed, *forms(typed)) for one in _alike(said) for form in forms(one))
    slips = [one for one in near if one not in here and (not most or _number((one,)) * RARER <= most)]
    words = (*here, *slips)[:ALIKE]
    return Meant(words, bool(words) and _number(words) <= COMMON)


def _alike(word: str) -> list[str]:
    """Words that were written and are one slip away, of a long one two; the nearest first."""
    if not _has_slips(word):
        return []
    most = 1 if len(word) < TWICE else 2
    away = partial(OSA.distance, word, score_cutoff=most)
    known = Slip.objects.filter(form__in=with_one_less(word)).values_list("word", flat=True).distinct()
    near = sorted((away(one), one) for one in known)
    return [one for far, one in near if 0 < far <= most]


def _number(words: Iterable[str]) -> int:
    """How many reports have one of these words, counted so far as it matters."""
    marks = ", ".join(["%s"] * len(tuple(words)))
    counted = f"SELECT 1 FROM casework_word WHERE word IN ({marks}) LIMIT {RARER * COMMON}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({counted}) AS counted", list(words))  # noqa: S608
        [(number,)] = cursor.fetchall()
    return int(number)
