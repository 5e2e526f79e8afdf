"""`places osm`: a file of OpenStreetMap becomes the ground, as a whole, while the servers run."""

from __future__ import annotations

import fcntl
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from django.utils import timezone

from kentongan.foundation.problems import Problem
from kentongan.places.ground import ground_path
from kentongan.places.osm.mapping import read_mapping
from kentongan.places.osm.reading import Reading, Told
from kentongan.places.osm.writing import Written, drafted, write


@dataclass(frozen=True)
class Taken:
    """What came of a file: how much went in, and what was left out, by reason."""

    written: Written
    left_out: Counter[str]


def take(path: Path, told: Told, mapping: Path | None = None, *more: Path) -> Taken:
    """Reads `path` (any format of OpenStreetMap), and `more` of other regions, and puts their streets, landmarks and
    layers in place of the old.

    Until the last moment, and whatever fails, the ground of before is in use. Raises Problem `bad_mapping`, `bad_file`
    (also where there is nothing of use in it), `busy` (409) while another import runs, `no_ground` on a full disk.
    """
    for one in (path, *more):
        if not one.is_file():
            raise Problem("bad_file", 422, f"{one}: there is no such file", field="file")
    tags = read_mapping(mapping)
    readings = [Reading(one, tags, told) for one in (path, *more)]
    with _alone(ground_path()), drafted(ground_path()) as draft:
        facts = {"source": ", ".join(one.name for one in (path, *more)), "made_on": timezone.localdate().isoformat()}
        for left in draft.parent.glob("nodes-*"):  # of an import that was killed
            shutil.rmtree(left)
        written = write(draft, chain.from_iterable(one.things(draft.parent) for one in readings), tags, facts)
        if not (written.streets or written.landmarks or written.layers):
            raise Problem("bad_file", 422, f"{path}: there are no streets and no places in it", field="file")
        draft.replace(ground_path())
    return Taken(written, sum((one.left_out for one in readings), Counter[str]()))


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Problem("busy", 409, "another import of streets is running; wait for its end") from None
        yield
