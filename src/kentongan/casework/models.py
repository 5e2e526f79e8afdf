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
