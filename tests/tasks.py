"""What a worker would do with tasks, here and now."""

from __future__ import annotations

from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult


def run_tasks(*, even_later: bool = False) -> int:
    """Runs the tasks that are due (or all that wait), those that they make too; returns how many."""
    ran = 0
    while True:
        ready = DBTaskResult.objects.filter(status=TaskResultStatus.READY)
        due = (ready if even_later else ready.ready()).order_by("enqueued_at").first()
        if due is None or ran > 50:
            return ran
        DBTaskResult.objects.filter(pk=due.pk).update(status=TaskResultStatus.SUCCESSFUL, finished_at=timezone.now())
        due.task.func(*due.args_kwargs["args"], **due.args_kwargs["kwargs"])
        ran += 1
