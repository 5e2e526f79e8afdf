"""Work on reports that a worker does."""

from __future__ import annotations

from contextlib import suppress

from django_tasks import task

from kentongan.foundation.problems import Problem
from kentongan.reports.derivatives import make_derivatives
from kentongan.reports.evidence import BROKEN
from kentongan.reports.models import Photo


@task()
def derive(photo: str) -> None:
    """Makes the sizes that people see of the photo with this id; one that is gone meanwhile needs none.

    One that is damaged has its mark then, and is not tried again.
    """
    found = Photo.objects.filter(pk=photo).first()
    if found is not None and not found.ready and BROKEN not in found.marks:
        with suppress(Problem):
            make_derivatives(found)
