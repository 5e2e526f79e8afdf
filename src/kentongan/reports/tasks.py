"""Work on reports that a worker does."""

from __future__ import annotations

from django_tasks import task

from kentongan.reports.derivatives import make_derivatives
from kentongan.reports.models import Photo


@task()
def derive(photo: str) -> None:
    """Makes the sizes that people see of the photo with this id; one that is gone meanwhile needs none."""
    found = Photo.objects.filter(pk=photo).first()
    if found is not None and not found.ready:
        make_derivatives(found)
