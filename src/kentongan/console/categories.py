"""The form of one category: names and hints in both languages, promises, and its extra questions."""

from __future__ import annotations

from typing import Any

import yaml
from django import forms
from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError

from kentongan.catalogue.loading import Question
from kentongan.catalogue.models import Category
from kentongan.foundation.problems import Problem
from kentongan.foundation.stale import mark, refuse_changed
from kentongan.foundation.yaml_files import read_yaml


class Lines(forms.CharField):
    """A list of texts, one a line."""

    widget = forms.Textarea(attrs={"rows": 4})

    def prepare_value(self, value: Any) -> Any:
        """The list as lines."""
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """The lines as a list, empty ones left out."""
        return list(dict.fromkeys(line.strip() for line in (value or "").splitlines() if line.strip()))


class Questions(forms.CharField):
    """Open311 attributes, written as in the catalogue's file (YAML)."""

    widget = forms.Textarea(attrs={"rows": 8, "spellcheck": "false"})

    def prepare_value(self, value: Any) -> Any:
        """The questions as YAML; nothing where there are none."""
        if not isinstance(value, list):
            return value
        return yaml.safe_dump(value, allow_unicode=True, sort_keys=False) if value else ""

    def to_python(self, value: Any) -> Any:
        """The checked questions. The words say which one is wrong and in what."""
        try:
            read = read_yaml(value or "[]") or []
            if not isinstance(read, list):
                raise forms.ValidationError(_("Write a list: each question begins with a hyphen."))
            return [Question.model_validate(one).model_dump() for one in read]
        except yaml.YAMLError:
            raise forms.ValidationError(_("This is not YAML. Look at the indentation and the colons.")) from None
        except ValidationError as fault:
            first = fault.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise forms.ValidationError(f"{where}: {first['msg']}") from None


class CategoryForm(forms.ModelForm):  # type: ignore[type-arg]  # Django's own takes no arguments when it runs
    """What an administrator may change; the code and the place in the tree stay."""

    keywords_id = Lines(label=_("Words that suggest it, Indonesian"), required=False, help_text=_("One a line."))
    keywords_en = Lines(label=_("Words that suggest it, English"), required=False, help_text=_("One a line."))
    questions = Questions(
        label=_("Extra questions"),
        required=False,
        help_text=_("A list in YAML: code, datatype, description (id, en), required, values."),
    )

    class Meta:
        model = Category
        fields = [
            "name_id", "name_en", "hint_id", "hint_en", "keywords_id", "keywords_en", "deadline_hours", "position",
            "needs_place", "emergency", "restricted", "active", "questions",
        ]  # fmt: skip
        labels = {
            "name_id": _("Name, Indonesian"),
            "name_en": _("Name, English"),
            "hint_id": _("Hint, Indonesian"),
            "hint_en": _("Hint, English"),
            "deadline_hours": _("Hours until the answer is due"),
            "position": _("Position in the list"),
            "needs_place": _("Needs a place on the map"),
            "emergency": _("Show the emergency number 112"),
            "restricted": _("Not public: only the reporter and the body see such reports"),
            "active": _("Can be chosen"),
        }
        widgets = {"deadline_hours": forms.NumberInput(attrs={"min": 1, "max": 8760})}

    @property
    def was(self) -> str:
        """The mark of what is kept: who saves it says what they saw."""
        return mark(self.initial)

    def clean(self) -> dict[str, Any] | None:
        """What a colleague has saved since the form was shown is told, beside whatever else is wrong."""
        try:
            if self.has_changed():  # else it is a second tap that says what the first has saved
                refuse_changed(self.was, self.data.get("was"))
        except Problem as problem:
            self.add_error("name_id", forms.ValidationError(str(problem.detail), code=problem.code))
        return super().clean()

    def clean_deadline_hours(self) -> int:
        """Between an hour and a year."""
        hours: int = self.cleaned_data["deadline_hours"]
        if not 1 <= hours <= 8760:
            raise forms.ValidationError(_("Between 1 hour and a year (8760 hours)."))
        return hours
