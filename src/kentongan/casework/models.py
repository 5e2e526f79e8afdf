"""What a body's staff keep for their work: which words its reports have, and views of its queue."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from kentongan.casework.ruled import Rule as Rule
from kentongan.casework.ruled import RuleRun as RuleRun
from kentongan.casework.ruled import RuleVersion as RuleVersion


class Word(models.Model):
    """A report has a word, as `stemming` writes words. The empty one says that the report's words are kept."""

    pk = models.CompositePrimaryKey("word", "report_id")
    word = models.CharField(max_length=40)
    report_id = models.BigIntegerField(db_index=True)

    def __str__(self) -> str:
        return f"{self.word} {self.report_id}"


class Slip(models.Model):
    """A word that was written in reports, by each form of it that lacks one letter: two that share one are a slip
    apart."""

    pk = models.CompositePrimaryKey("form", "word")
    form = models.CharField(max_length=40)
    word = models.CharField(max_length=40)

    def __str__(self) -> str:
        return f"{self.form} {self.word}"


class View(models.Model):
    """A filter of a body's queue with a name: its maker's, or (`is_shared`) of everybody who works there.

    `asked` is the filter as an address has it. What it names may be gone by now: that is found out when it is read.
    """

    body = models.ForeignKey("bodies.Body", on_delete=models.CASCADE, related_name="+")
    maker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="views")
    is_shared = models.BooleanField(default=False)
    name = models.CharField(max_length=60)
    asked = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["body", "maker", "name"], name="view_one_name", condition=Q(is_shared=False)
            ),
            models.UniqueConstraint(fields=["body", "name"], name="view_one_shared_name", condition=Q(is_shared=True)),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.body_id}"


class Template(models.Model):
    """An answer that a body keeps ready, with fields in braces, and what else is done where it is used (a macro).

    `categories`: of which kinds of reports, with all below them; empty: of all. `step`: a step of the table of states
    that the public words go with. `to`: empty (it stays), `me`, `nobody`, `team:KEY`, `person:KEY`. `version` grows
    with each change: nobody sends words that they have not seen. Ended: archived, where reports have it.
    """

    body = models.ForeignKey("bodies.Body", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    categories = models.JSONField(default=list)
    text_id = models.TextField(blank=True)
    text_en = models.TextField(blank=True)
    note = models.TextField(blank=True)
    step = models.CharField(max_length=16, blank=True)
    to = models.CharField(max_length=40, blank=True)
    priority = models.CharField(max_length=8, blank=True)
    version = models.PositiveIntegerField(default=1)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["body", "name"], name="template_one_name", condition=Q(ended_at=None))
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.body_id}"


class TemplateUse(models.Model):
    """A template was used on a report: once, however often."""

    template = models.ForeignKey(Template, on_delete=models.CASCADE, related_name="uses")
    report = models.ForeignKey("reports.Report", on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["template", "report"], name="template_use_once")]

    def __str__(self) -> str:
        return f"{self.template_id} on {self.report_id}"


class Bulk(models.Model):
    """One thing that somebody does with many reports at once, and how far the worker has come.

    `token`: of the form that was pressed; it makes one bulk, however often. `deed`: the fields of `deeds.Deed`, and
    `template`, `version`, `values` where a template says what is done with each. `why`: the code of what stopped it.
    """

    class Stage(models.TextChoices):
        """What the worker does with it."""

        RUNNING = "running"
        DONE = "done"
        STOPPED = "stopped"
        UNDOING = "undoing"
        UNDONE = "undone"

    body = models.ForeignKey("bodies.Body", on_delete=models.CASCADE, related_name="+")
    maker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    token = models.UUIDField()
    deed = models.JSONField()
    stage = models.CharField(max_length=8, choices=Stage, default=Stage.RUNNING)
    why = models.CharField(max_length=40, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)
    maker_of_undo = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+")
    undo_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["maker", "token"], name="bulk_once")]
        indexes = [
            models.Index(fields=["body", "-id"], name="bulk_of_body"),
            models.Index(fields=["id"], name="bulk_open", condition=Q(stage__in=("running", "undoing"))),
        ]

    def __str__(self) -> str:
        return f"{self.pk} of {self.body_id}"


class BulkItem(models.Model):
    """A report within a bulk: the entry it was at when it was chosen, what became of it, and the way back.

    `before`: its state, body, hands and priority; `after_seq`: the entry that the bulk left it at. `why`, `words`: the
    code of a refusal, and what it says in the language of who pressed.
    """

    class Fate(models.TextChoices):
        """What became of the report."""

        WAITS = "waits"
        DONE = "done"
        SAME = "same"  # it was so already
        FAILED = "failed"
        LEFT = "left"  # not begun: the bulk was stopped
        UNDONE = "undone"
        KEPT = "kept"  # the undo was refused

    bulk = models.ForeignKey(Bulk, on_delete=models.CASCADE, related_name="items")
    report = models.ForeignKey("reports.Report", on_delete=models.CASCADE, related_name="+")
    seq = models.PositiveIntegerField()
    fate = models.CharField(max_length=6, choices=Fate, default=Fate.WAITS)
    before = models.JSONField(default=dict)
    after_seq = models.PositiveIntegerField(null=True)
    why = models.CharField(max_length=40, blank=True)
    words = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bulk", "report"], name="bulk_item_once")]
        indexes = [models.Index(fields=["bulk", "fate", "id"], name="bulk_item_fate")]

    def __str__(self) -> str:
        return f"{self.report_id} in {self.bulk_id}"


class Draft(models.Model):
    """An answer that somebody is writing, by the step that it belongs to: theirs alone until it is sent."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    report = models.ForeignKey("reports.Report", on_delete=models.CASCADE, related_name="+", db_index=False)
    step = models.CharField(max_length=16)
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["report", "person", "step"], name="draft_once")]

    def __str__(self) -> str:
        return f"{self.step} of {self.person_id} on {self.report_id}"


class DeskLook(models.Model):
    """How somebody looks at a queue: the columns, parted by commas."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    columns = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"{self.person_id}: {self.columns}"
