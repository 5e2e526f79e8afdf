"""The kinds of trouble, as a tree."""

from __future__ import annotations

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext as _


class Category(models.Model):
    """One kind of trouble. `questions` are Open311 attributes; `deadline_hours` is the promised answer.

    `asset_layer` names the things that it is about (`places.models.Asset`), empty where it is about none.
    """

    code = models.SlugField(max_length=40, primary_key=True)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    name_id = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80)
    hint_id = models.CharField(max_length=200, blank=True)
    hint_en = models.CharField(max_length=200, blank=True)
    icon = models.CharField(max_length=40, default="circle-help")
    keywords_id = models.JSONField(default=list, blank=True)
    keywords_en = models.JSONField(default=list, blank=True)
    questions = models.JSONField(default=list, blank=True)
    asset_layer = models.CharField(max_length=40, blank=True, default="", db_default="")
    asset_question = models.JSONField(default=dict, blank=True, db_default={})
    needs_place = models.BooleanField(default=True)
    emergency = models.BooleanField(default=False)
    restricted = models.BooleanField(default=False)
    deadline_hours = models.PositiveIntegerField(default=120)
    position = models.PositiveIntegerField(default=0)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.code

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return self.name_en if get_language() == "en" else self.name_id

    @property
    def hint(self) -> str:
        """What belongs here, in the reader's language."""
        return self.hint_en if get_language() == "en" else self.hint_id

    @property
    def which_asset(self) -> str:
        """How a person is asked which thing it is, in the reader's language."""
        return self.asset_question.get("en" if get_language() == "en" else "id") or _("Which one is it?")
