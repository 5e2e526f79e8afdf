"""Whatever a file holds: a backup that is whole, or one that is refused before anything is touched."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from typing import Any
from uuid import uuid4

from hypothesis import example, given
from hypothesis import strategies as st

from kentongan.safekeeping import archive
from tests.depth import few
from tests.inputs import refused

JSON = st.recursive(
    st.none() | st.integers(-2, 2) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["files", "format", "a"]), inner),
    max_leaves=4,
)


@given(JSON | st.fixed_dictionaries({"format": st.just(1), "files": JSON}))
@example({"format": 1})
@example([])
@example({"format": 1, "files": {"b": None}})
@few(15, shared=True)
def test_a_backup_with_any_manifest_is_whole_or_refused(tmp_path: Path, said: Any) -> None:
    path, content = tmp_path / f"{uuid4()}.tar", json.dumps(said).encode()
    with archive.written(path) as out:
        out.add("a", io.BytesIO(b"isi"), 3)
        out.add(archive.MANIFEST, io.BytesIO(content), len(content))
        out.add(archive.SEAL, io.BytesIO(hashlib.sha256(content).hexdigest().encode()), 64)
    found: list[dict[str, Any]] = []
    if not refused(lambda: found.append(archive.verified(path)), "bad_backup"):
        assert isinstance(said["files"], dict)
        assert found[0]["files"].items() <= {"a": hashlib.sha256(b"isi").hexdigest()}.items()


@given(st.integers(0, 5000), st.binary(min_size=1, max_size=3))
@few(30, shared=True)
def test_a_backup_with_any_byte_changed_is_the_same_or_refused(tmp_path: Path, at: int, written: bytes) -> None:
    path = tmp_path / f"{uuid4()}.tar"
    with archive.written(path) as out:
        out.add("a", io.BytesIO(b"isi" * 300), 900)
        out.finish({"made": "x"})
    whole, content = archive.verified(path), bytearray(path.read_bytes())
    content[at : at + len(written)] = written
    path.write_bytes(content)
    found: list[dict[str, Any]] = []
    if not refused(lambda: found.append(archive.verified(path)), "bad_backup"):
        assert found[0] == whole
