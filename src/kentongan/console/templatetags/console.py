"""Tags of the staff's pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.translation import get_language

register = template.Library()


@register.filter
def at(mapping: Mapping[str, Any], key: str) -> Any:
    """The value under a key that is no word of the template language; empty where there is none."""
    return mapping.get(key, "") if mapping else ""


@register.simple_tag
def in_language(words: Mapping[str, str]) -> str:
    """Words that are kept in both languages, in the reader's."""
    return words.get(get_language() or "id") or words.get("id", "")
