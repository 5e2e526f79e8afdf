"""What a body's staff keep for their work: which words its reports have."""

from __future__ import annotations

from django.db import models


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
