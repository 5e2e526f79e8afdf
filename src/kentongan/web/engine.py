"""The template engine of our pages and letters: Jinja2 with our tags (`docs/decisions/0011-template-engine.md`)."""

from __future__ import annotations

from typing import Any

import jinja2
from django.conf import settings
from django.contrib.humanize.templatetags.humanize import intcomma
from django.template.defaultfilters import linebreaksbr, truncatechars, urlize
from django.templatetags.static import static
from django.utils.translation import get_language, gettext, ngettext, npgettext, pgettext
from markupsafe import Markup

from kentongan import casework, community, emergency, places, warnings
from kentongan.foundation.remembering import remembered
from kentongan.web import holes, tags
from kentongan.web.folding import Folding


def environment(**options: Any) -> Folding:
    """Jinja2 for Django's backend: HTML is escaped, plain text is not, and texts are translated for each language once,
    those with values in them when shown."""
    made = Folding(
        autoescape=jinja2.select_autoescape(["html"]),
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        **{name: value for name, value in options.items() if name != "autoescape"},
    )
    made.policies["ext.i18n.trimmed"] = True  # a text may be broken over lines without becoming another one
    made.install_gettext_callables(  # type: ignore[attr-defined]
        gettext, ngettext, newstyle=True, pgettext=pgettext, npgettext=npgettext
    )
    made.globals |= {
        "_": _worded, "gettext": _worded,
        "borders": tags.borders, "cited": tags.cited,
        "streets_by": places.attribution, "asset_called": places.called,
        "day": tags.day, "due_badge": tags.due_badge, "icon": tags.icon,
        "by_hour": tags.by_hour, "in_language": tags.in_language, "in_the": tags.in_the, "language": get_language,
        "languages": settings.LANGUAGES, "look_of": tags.look_of, "map_settings": tags.map_settings, "own": holes.own,
        "photos_of": tags.photos_of, "seen_by": community.seen_by, "public_timeline": tags.public_timeline,
        "opening_hours": tags.opening_hours, "site_address": tags.site_address, "span": tags.span, "static": static,
        "status_badge": tags.status_badge, "still_map": tags.still_map, "url": tags.url, "when": tags.when,
        "works_somewhere": casework.works_somewhere, "leads_posts": emergency.posts_led_by,
        "warnings_of": warnings.warnings_of, "spoken": warnings.spoken, "message_type": tags.message_type,
        "warns_somewhere": warnings.rights_of,
    }  # fmt: skip
    made.makers = {
        "_": _known, "gettext": _known, "pgettext": _known_as, "icon": tags.icon,
        "language": get_language, "static": static, "url": tags.url,
    }  # fmt: skip
    made.filters |= {
        "intcomma": intcomma, "linebreaksbr": linebreaksbr, "truncatechars": truncatechars, "urlize": urlize,
    }  # fmt: skip
    return made


@jinja2.pass_context
def _worded(context: jinja2.runtime.Context, text: str, **values: Any) -> str:
    """As Jinja2's own new-style gettext, but looks for each text once a language: a page has it some fifty times."""
    language, escaped = get_language() or "id", bool(context.eval_ctx.autoescape)
    return _template(text, language, escaped) % values if values else _plain(text, language, escaped)


def _known(text: str) -> str:
    return Markup(gettext(text)) % {}  # noqa: S704  a text of ours


def _known_as(meant: str, text: str) -> str:
    return Markup(pgettext(meant, text)) % {}  # noqa: S704  a text of ours


@remembered(maxsize=4096)
def _template(text: str, _language: str, escaped: bool) -> str:
    words = gettext(text)
    return Markup(words) if escaped else words  # noqa: S704  a text of ours


@remembered(maxsize=4096)
def _plain(text: str, language: str, escaped: bool) -> str:
    return _template(text, language, escaped) % {}
