"""A hidden photo: its row and its files go; of the picture the size that people saw is kept, to be sealed."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from kentongan.reports.derivatives import SIZES, NotShown, derivative_name, photo_file
from kentongan.reports.models import Photo, Report
from kentongan.reports.tasks import derive


def take_away(report: Report, photo: Photo) -> tuple[dict[str, Any], list[str]]:
    """Takes a photo out of a locked report: what is to be sealed of it, and the digests by which peers know it.

    The files go when the transaction has ended well. The metadata of the camera is not kept.
    """
    row = {one.attname: getattr(photo, one.attname) for one in Photo._meta.concrete_fields}
    content = _seen(photo)
    digests = [photo.sha256, *([hashlib.sha256(content).hexdigest()] if content else [])]
    names = [photo.original, *(derivative_name(photo, size) for size in SIZES)]
    Photo.objects.filter(pk=photo.pk).delete()
    report.photo_count = max(report.photo_count - 1, 0)
    transaction.on_commit(lambda: _delete(names))
    return {"row": row, "content": base64.b64encode(content).decode()}, digests


def digests(photo: Photo) -> set[str]:
    """By what another instance may know the photo: as it came here, or as it is shown here (SHA-256)."""
    content = _seen(photo)
    return {photo.sha256, *([hashlib.sha256(content).hexdigest()] if content else [])}


def _seen(photo: Photo) -> bytes:
    """The picture as people see it; empty where nobody can: then there is nothing to bring back."""
    try:
        with photo_file(photo, "large", now=True) as stored:
            content: bytes = stored.read()
    except (NotShown, OSError):
        return b""
    return content


def bring_back(report: Report, kept: dict[str, Any]) -> None:
    """The photo is part of the locked report again, with the picture that people saw as its original."""
    content = base64.b64decode(kept.get("content", ""))
    if not content:
        return
    fields = {one.attname: one for one in Photo._meta.concrete_fields}
    row = {name: fields[name].to_python(value) for name, value in kept["row"].items() if name in fields}
    photo = Photo(**{**row, "ready": False, "report_id": report.pk})
    photo.original = default_storage.save(f"originals/{photo.pk}", ContentFile(content))
    photo.content_type, photo.size, photo.sha256 = "image/jpeg", len(content), hashlib.sha256(content).hexdigest()
    photo.save(force_insert=True)
    report.photo_count += 1
    derive.enqueue(str(photo.pk))


def _delete(names: list[str]) -> None:
    for name in names:
        default_storage.delete(name)
