"""The templates of a body: kept by its coordinators, offered where they fit, used on a report in one go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Avg, Count
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kentongan import bodies, catalogue
from kentongan.casework.assigning import teams_of, workers_of
from kentongan.casework.deeds import STEPS, WORDED, Deed, Refuse, do
from kentongan.casework.filling import KNOWN, check_fields, cleaned, fields, fill, half_filled, told_by, unfilled
from kentongan.casework.models import Template, TemplateUse
from kentongan.casework.roles import Role, role_for, who
from kentongan.casework.stemming import forms, written
from kentongan.foundation.problems import Problem
from kentongan.foundation.stale import mark, over
from kentongan.foundation.text import TextTooLong, clean_text, row_key
from kentongan.people.models import Person
from kentongan.reports.models import Priority, Report

LONGEST_NAME, LONGEST_TEXT = 60, 2_000  # characters; the longer one is that of an answer
MOST = 200  # templates of one body
SHOWN = ("name", "categories", "text_id", "text_en", "note", "step", "to", "priority")  # by the form of a template


@dataclass(frozen=True)
class Rated:
    """A template with what became of it: on how many reports it was used, how many of those have stars, their mean."""

    template: Template
    used: int
    rated: int
    stars: float | None


@dataclass(frozen=True)
class Offer:
    """A template for one report: its public words and its note as far as the report fills them, and what is asked."""

    template: Template
    text: str
    note: str
    asked: list[str]
    fits: bool


def may_edit_templates(person: Person, body: str) -> bool:
    """Whether the person keeps the templates of `body`: its coordinators and administrators, or the platform's."""
    return (role_for(person, body) or Role.VIEWER) >= Role.COORDINATOR or person.administers


def templates(person: Person, body: str) -> list[Rated]:
    """All templates of `body` itself by name, those that are archived last. Raises Problem `forbidden` (403)."""
    _check(person, body)
    found = Template.objects.filter(body=body).annotate(
        used=Count("uses"), rated=Count("uses__report__stars"), stars=Avg("uses__report__stars")
    )
    ordered = sorted(found, key=lambda one: (one.ended_at is not None, one.name.casefold(), one.pk))
    return [Rated(one, one.used, one.rated, one.stars) for one in ordered]


def save_template(person: Person, body: str, key: str, given: Mapping[str, Any]) -> Template:
    """Makes a template (`key` empty) or changes one. `given`: the fields of `Template`, `categories` a list; `version`
    the one that was read.

    Raises Problem `forbidden` (403), `not_found` (404), `changed_meanwhile` (409), and with the field (422) `bad_name`,
    `name_taken`, `text_too_long`, `bad_field`, `text_required`, `empty_template`, `bad_step`, `bad_priority`,
    `bad_assignee`, `bad_category`, `too_many`.
    """
    _check(person, body)
    with transaction.atomic():
        template = _open(body, key) if key else Template(body=bodies.get(body), version=0)

        def shown() -> str:
            return mark(*(getattr(template, name) for name in SHOWN))

        before = shown()
        with over(given.get("version"), "name", shown, str(template.version or "")):
            for name, value in read_template(body, given).items():
                setattr(template, name, value)
        if key and shown() == before:
            return template  # whoever reads it at a report need not read it again
        if not key and Template.objects.filter(body=body, ended_at=None).count() >= MOST:
            raise Problem("too_many", 422, _("There are 200 templates already. Archive one first."), field="name")
        template.version += 1
        try:
            with transaction.atomic():
                template.save()
        except IntegrityError:
            raise Problem("name_taken", 422, _("There is a template with this name already."), field="name") from None
    return template


def end_template(person: Person, body: str, key: str) -> bool:
    """Deletes a template that no report has, and archives one that was used; returns whether it was archived."""
    _check(person, body)
    with transaction.atomic():
        template = _open(body, key)
        if not template.uses.exists():
            template.delete()
            return False
        template.ended_at = timezone.now()
        template.save(update_fields=["ended_at"])
    return True


def offers(person: Person, report: Report) -> list[Offer]:
    """The templates of the report's body and those above it, the likeliest first: of its category, then by words."""
    line = bodies.line(report.body_id or "")
    found = list(Template.objects.filter(body__in=line, ended_at=None))
    if not found or role_for(person, report.body_id) is None:
        return []
    language, branch = language_for(report), set(_branch(report.category_id))
    values, said = told_by(report, language), _stems(report.text)

    def rank(one: Template) -> tuple[bool, int, bool, str]:
        alike = len(said & _stems(f"{one.name} {one.text_id} {one.text_en}"))
        return not branch & set(one.categories), -alike, bool(one.categories), one.name.casefold()

    offered = sorted(found, key=rank)
    return [
        Offer(
            one, half_filled(words_of(one, language), values), half_filled(one.note, values),
            [name for name in fields(words_of(one, language), one.note) if name not in values],
            bool(branch & set(one.categories)) or not one.categories,
        )
        for one in offered
    ]  # fmt: skip


def templates_for(body: str) -> list[Template]:
    """What the staff of `body` may use: its own templates and those of the bodies above it, by name."""
    return list(Template.objects.filter(body__in=bodies.line(body), ended_at=None).order_by("name", "pk"))


def asked_of_template(template: Template) -> list[str]:
    """The fields of a template that no report fills."""
    return [name for name in fields(template.text_id, template.text_en, template.note) if name not in KNOWN]


def use_template(
    person: Person, report: Report, key: str, version: str, values: Mapping[str, str], refuse: Refuse, *,
    expected_seq: int,
) -> Report:  # fmt: skip
    """Does with `report` all that the template says, or nothing. `values`: what the officer wrote into its fields.

    Raises Problem `not_found` (404), `template_changed` (409), `unfilled_field` (422), and as each step does.
    """
    who(person, report, "note")
    with transaction.atomic():
        template = usable(report.body_id or "", key, version)
        deed = deed_of(template, report, cleaned(values))
        changed = do(person, report, deed, refuse, expected_seq=expected_seq)
        note_use([template], changed)
    return changed


def usable(body: str, key: str, version: str = "") -> Template:
    """A template that the staff of `body` use, as it was when they read it. Raises Problem as `use_template`."""
    found = Template.objects.filter(body__in=bodies.line(body), pk=row_key(key), ended_at=None).first()
    if found is None:
        raise Problem("not_found", 404, _("This template is archived. Choose another, or write the answer yourself."))
    if version and version != str(found.version):
        raise Problem("template_changed", 409, _("This template was changed a moment ago. Read it again, then use it."))
    return found


def deed_of(template: Template, report: Report, values: Mapping[str, str]) -> Deed:
    """What the template does with this report. Raises Problem `unfilled_field` (422)."""
    language = language_for(report)
    text = words_of(template, language)
    known = {**told_by(report, language), **{name: value for name, value in values.items() if value}}
    missing = [name for name in fields(text, template.note) if not known.get(name)]
    if missing:
        raise unfilled(missing)
    return Deed(template.step, fill(text, known), fill(template.note, known), template.to, template.priority)


def inserted(report: Report, keys: Iterable[str], text: str) -> list[Template]:
    """The templates whose words were put into an answer. Raises Problem `unfilled_field` (422, field `text`) where a
    field of theirs still stands in it."""
    numbers = [row_key(key) for key in [*keys][:20]]
    if not any(numbers):
        return []
    found = list(Template.objects.filter(body__in=bodies.line(report.body_id or ""), pk__in=numbers))
    theirs = {name for one in found for name in fields(one.text_id, one.text_en)}
    if missing := [name for name in fields(text) if name in theirs]:
        raise unfilled(missing, "text")
    return found


def note_use(used: Iterable[Template], report: Report) -> None:
    """Remembers that templates were used on a report: its stars count for them."""
    TemplateUse.objects.bulk_create([TemplateUse(template=one, report=report) for one in used], ignore_conflicts=True)


def language_for(report: Report) -> str:
    """The language of the answer: the reporter's, where all may know who that is; else Indonesian."""
    shown = report.reporter if report.privacy == "public" else None
    return "en" if shown is not None and shown.language == "en" else "id"


def words_of(template: Template, language: str) -> str:
    """Its public words in a language, or in the other where it has none in this one."""
    first, other = template.text_id, template.text_en
    return (other or first) if language == "en" else (first or other)


def read_template(body: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a template of `body` as they are kept. Raises Problem as `save_template`, for a field."""
    kept = {name: str(given.get(name, "") or "") for name in ("step", "to", "priority")}
    kept["name"] = _short(str(given.get("name", "")))
    for name in ("text_id", "text_en", "note"):
        kept[name] = _long(str(given.get(name, "") or ""), name)
        check_fields(kept[name], name)
    _check_steps(body, kept)
    codes = list(dict.fromkeys(given.get("categories", ())))
    for code in codes:
        catalogue_has(code)
    return {**kept, "categories": codes}


def catalogue_has(code: str) -> None:
    """Raises Problem `bad_category` (422) for a kind that there is not."""
    try:
        catalogue.known(code)
    except KeyError:
        raise Problem("bad_category", 422, _("Choose categories from the list."), field="categories") from None


def _check_steps(body: str, kept: Mapping[str, str]) -> None:
    says = kept["text_id"] or kept["text_en"]
    if kept["step"] and kept["step"] not in STEPS:
        raise Problem("bad_step", 422, _("Choose one of the steps."), field="step")
    if kept["step"] in WORDED and not says:
        raise Problem("text_required", 422, _("This step needs words that everybody reads."), field="text_id")
    if kept["priority"] and kept["priority"].upper() not in Priority.__members__:
        raise Problem("bad_priority", 422, _("Choose one of the four priorities."), field="priority")
    check_hands(body, kept["to"])
    if not (says or any(kept[name] for name in ("note", "step", "to", "priority"))):
        raise Problem("empty_template", 422, _("Write an answer, or choose what the template does."), field="text_id")


def check_hands(body: str, to: str) -> None:
    """Raises Problem `bad_assignee` (422, field `to`) for who does not work at `body`."""
    kind, _colon, key = to.partition(":")
    known: Iterable[Any] = workers_of(body) if kind == "person" else teams_of(body) if kind == "team" else ()
    if to not in {"", "me", "nobody"} and key not in {str(one.pk) for one in known}:
        raise Problem(
            "bad_assignee", 422, _("Choose somebody who works at this body, or one of its teams."), field="to"
        )


def _short(written_name: str) -> str:
    try:
        name = " ".join(clean_text(written_name, LONGEST_NAME).split())
    except TextTooLong:
        name = ""
    if not name:
        raise Problem("bad_name", 422, _("Give the template a name of at most 60 letters."), field="name")
    return name


def _long(written_text: str, at: str) -> str:
    try:
        return clean_text(written_text, LONGEST_TEXT)
    except TextTooLong as fault:
        words = _("The text has %(length)d characters; at most %(limit)d fit. Shorten it.")
        told = words % {"length": fault.length, "limit": fault.limit}
        raise Problem("text_too_long", 422, told, field=at) from None


def _stems(text: str) -> set[str]:
    return {form for word in written(text[:5_000]) for form in forms(word)}


def _branch(code: str) -> tuple[str, ...]:
    try:
        return catalogue.branch(code)
    except KeyError:
        return (code,)


def _open(body: str, key: str) -> Template:
    found = Template.objects.select_for_update().filter(body=body, pk=row_key(key), ended_at=None).first()
    if found is None:
        raise Problem("not_found", 404, _("This template is archived, or gone."))
    return found


def _check(person: Person, body: str) -> None:
    bodies.get(body)
    if not may_edit_templates(person, body):
        raise Problem("forbidden", 403, _("A coordinator keeps the templates of this body."), extra={"body": body})
