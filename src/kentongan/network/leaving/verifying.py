"""Whether a bundle is whole and true: its signature, every hash, every count, and that all that is named is in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kentongan.network.dialects.kentongan import keyring
from kentongan.network.leaving.bundle import PHOTOS, RULES, Broken, Reader
from kentongan.network.leaving.rows import restored
from kentongan.network.leaving.shapes import LINES, BodyLine, EntryLine, Manifest, PhotoLine, ReportLine
from kentongan.reports.audit import differences

MOST_FAULTS = 50
Told = tuple[ReportLine, list[EntryLine], list[PhotoLine]]


@dataclass(frozen=True)
class Verified:
    """What was found: the manifest, what is wrong (nothing: the bundle is whole), and whose signature it bears."""

    manifest: Manifest
    faults: tuple[str, ...]
    signer: str  # the name of the confirmed peer that this key belongs to, empty where it is not known here
    fingerprint: str


def verify(path: Path, *, progress: Callable[[int], None] = lambda _done: None) -> Verified:
    """Reads all of the bundle and says what is wrong with it, a sentence each.

    Raises Problem `no_bundle` where there is no manifest to hold it against.
    """
    with Reader(path) as reader:
        found = [one for one, _number in zip(_faults(reader, progress), range(MOST_FAULTS), strict=False)]
        manifest = reader.manifest
    return Verified(manifest, tuple(found), signer(manifest), keyring.fingerprint(manifest.key.public))


def signer(manifest: Manifest) -> str:
    """The peer of this installation whose confirmed key has signed; empty where there is none."""
    known = keyring.public_key(manifest.key.keyid)
    if known is None or not known[0].confirmed_here or known[0].instance != manifest.instance:
        return ""
    return known[0].name if keyring.encode(known[1].public_bytes_raw()) == manifest.key.public else ""


def stories(reader: Reader) -> Iterator[Told]:
    """Each report with its entries and photos: the three tables are in one order. Raises Broken where they are not."""
    entries, photos = reader.lines("entries"), reader.lines("photos")
    entry: EntryLine | None = next(entries, None)
    photo: PhotoLine | None = next(photos, None)
    for report in reader.lines("reports"):
        told: Told = (report, [], [])
        while entry is not None and entry.report == report.code:
            told[1].append(entry)
            entry = next(entries, None)
        while photo is not None and photo.report == report.code:
            told[2].append(photo)
            photo = next(photos, None)
        yield told
    for name, left in (("entries", entry), ("photos", photo)):
        if left is not None:
            raise Broken(f"{name}.jsonl: a line names report {left.report}, which is not there or not in order")


def _faults(reader: Reader, progress: Callable[[int], None]) -> Iterator[str]:
    broken = list(_changed(reader))
    yield from broken
    if not broken:  # else the tables would only be blamed once more, line by line
        try:
            yield from _inner(reader, progress)
        except Broken as fault:
            yield str(fault)


def _changed(reader: Reader) -> Iterator[str]:
    """Members that are not what the manifest says."""
    named = {one.name for one in reader.manifest.members}
    for name in sorted(
        {f"{table}.jsonl" for table in ("bodies", "categories", "reports", "entries", "photos")} - named
    ):
        yield f"{name} is missing in the manifest"
    for one in reader.manifest.members:
        try:
            digest, size = reader.digest(one.name)
        except Broken as fault:
            yield str(fault)
            continue
        if (digest, size) != (one.sha256, one.bytes):
            yield f"{one.name} was changed: the manifest names another hash"
    allowed = {*(f"{table}.jsonl" for table in LINES), RULES}
    for name in sorted(reader.names):
        if not name.startswith(PHOTOS) and (name not in named or name not in allowed):
            yield f"{name} does not belong in the bundle"


def _inner(reader: Reader, progress: Callable[[int], None]) -> Iterator[str]:
    """What the tables say of each other, and the photos."""
    counts: Counter[str] = Counter()
    lines = {one.code: one for one in reader.lines("bodies")}
    bodies, theirs = {*lines}, _theirs(lines, reader.manifest.body)
    yield from (
        f"bodies.jsonl: {one.code} moves and is no part of {reader.manifest.body}"
        for one in lines.values() if one.moves and one.code not in theirs
    )  # fmt: skip
    categories = {one.code for one in reader.lines("categories")}
    files: dict[str, str] = {}
    once: set[tuple[Any, ...]] = set()
    for report, entries, photos in stories(reader):
        counts.update({"reports": 1, "entries": len(entries), "photos": len(photos)})
        yield from _repeats(report, photos, once)
        if report.body in bodies and report.body not in theirs:
            yield f"report {report.code}: the body {report.body} is no part of {reader.manifest.body}"
        yield from _story_faults(report, entries, photos, bodies, categories)
        files |= {one.file: report.code for one in photos if one.file}
        if counts["reports"] % 500 == 0:
            progress(counts["reports"])
    counts |= {"bodies": len(bodies), "categories": len(categories)}
    yield from _staff_faults(reader, counts, theirs)
    for table, number in counts.items():
        if reader.manifest.counts.get(table, 0) != number:
            told = reader.manifest.counts.get(table, 0)
            yield f"{table}.jsonl has {number} lines; the manifest says {told}"
    yield from _photo_faults(reader, files)


def _repeats(report: ReportLine, photos: list[PhotoLine], known: set[tuple[Any, ...]]) -> Iterator[str]:
    """What one line alone may tell of."""
    named: list[tuple[str, tuple[Any, ...]]] = [
        ("", (report.code,)), (": its submission", (report.submission_id, report.channel, report.sender)),
        (": its origin", (report.origin.instance, report.origin.code)),
        *((f": photo {one.id}", ("photo", one.id)) for one in photos),
    ]  # fmt: skip
    for what, key in named:
        if key in known:
            yield f"report {report.code}{what} is told twice"
        known.add(key)


def _theirs(lines: Mapping[str, BodyLine], body: str) -> set[str]:
    """The bodies that a bundle of `body` may move: itself, and its parts that the bundle moves too."""
    found, last = set[str](), {body}
    while last:
        found |= last
        last = {one.code for one in lines.values() if one.moves and one.parent in last} - found
    return found


def _staff_faults(reader: Reader, counts: Counter[str], theirs: set[str]) -> Iterator[str]:
    counts["staff"] = 0
    for one in reader.lines("staff"):
        counts["staff"] += 1
        if one.body not in theirs:
            yield f"staff.jsonl: {one.body} is no part of {reader.manifest.body}"


def _story_faults(
    report: ReportLine, entries: list[EntryLine], photos: list[PhotoLine], bodies: set[str], categories: set[str]
) -> Iterator[str]:
    if report.body not in bodies:
        yield f"report {report.code}: the body {report.body} is not in bodies.jsonl"
    if report.category not in categories:
        yield f"report {report.code}: the category {report.category} is not in categories.jsonl"
    for entry in entries:
        if entry.body is not None and entry.body not in bodies:
            yield f"report {report.code}, entry {entry.seq}: the body {entry.body} is not in bodies.jsonl"
    for photo in photos:
        if photo.entry_seq > report.seq:
            yield f"report {report.code}: photo {photo.id} belongs to entry {photo.entry_seq}, which is not there"
    if not entries:
        yield f"report {report.code} has no timeline"
        return
    told = restored(report, entries, photos)
    for one in differences(told.report, list(told.entries)):
        yield f"report {report.code}: {one.what} is {one.row}, its timeline says {one.timeline}"


def _photo_faults(reader: Reader, files: dict[str, str]) -> Iterator[str]:
    """Photos that are missing, changed, or that no line names."""
    there = {name.removeprefix(PHOTOS) for name in reader.names if name.startswith(PHOTOS)}
    for name in sorted(there - set(files)):
        yield f"{PHOTOS}{name} does not belong in the bundle"
    for name, code in files.items():
        try:
            digest, _size = reader.digest(PHOTOS + name)
        except Broken as fault:
            yield f"report {code}: {fault}"
            continue
        if digest != name:
            yield f"report {code}: {PHOTOS}{name} was changed: its content has another hash"
