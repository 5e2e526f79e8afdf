"""Lets the pages of django-allauth, which are Django templates, stand in the frame of all pages, which is Jinja2."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context, loader
from django.template.base import NodeList, Parser, Token
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from kentongan.foundation.config import config
from kentongan.web import tags, way_back

register = template.Library()
register.simple_tag(tags.icon)


@register.simple_tag
def sends_mail() -> bool:
    """Whether this installation sends mail."""
    return config().sends_mail


@register.simple_tag
def letter_box() -> str:
    """Where the mails of a demonstration are read, which sends none; empty anywhere else."""
    return reverse("console:mailbox") if config().mode == "demo" else ""


@register.simple_tag(takes_context=True)
def purpose(context: Context) -> tuple[Any, Any] | None:
    """For which page one signs in, and what that is for."""
    return way_back.purpose(context["request"])


@register.simple_tag(takes_context=True)
def goes_on(context: Context) -> way_back.GoesOn | None:
    """What of whoever is signed in goes on at this moment."""
    return way_back.goes_on(context["request"])


@register.simple_tag
def partial(path: str, **shown: Any) -> SafeString:
    """One of our partials inside a Django template."""
    return mark_safe(loader.render_to_string(path, shown))  # noqa: S308  a template of ours has escaped it


class Frame(template.Node):
    """`{% frame %} {% part "title" %}…{% endpart %} … {% endframe %}`: `web/framed.html` with these parts."""

    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist

    def render(self, context: Context) -> SafeString:
        """The whole page."""
        parts: dict[str, SafeString] = {}
        with context.push(parts=parts):
            self.nodelist.render(context)
        request = context["request"]
        return mark_safe(loader.render_to_string("web/framed.html", {"parts": parts}, request))  # noqa: S308


class Part(template.Node):
    """One part of the frame, put aside under its name."""

    def __init__(self, name: str, nodelist: NodeList) -> None:
        self.name, self.nodelist = name, nodelist

    def render(self, context: Context) -> str:
        """Nothing here: the frame shows it."""
        context["parts"][self.name] = self.nodelist.render(context)
        return ""


@register.tag
def frame(parser: Parser, token: Token) -> Frame:
    """See `Frame`."""
    nodelist = parser.parse(["endframe"])
    parser.delete_first_token()
    return Frame(nodelist)


@register.tag
def part(parser: Parser, token: Token) -> Part:
    """See `Part`."""
    _tag, name = token.split_contents()
    nodelist = parser.parse(["endpart"])
    parser.delete_first_token()
    return Part(name.strip("\"'"), nodelist)
