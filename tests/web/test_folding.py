"""What is the same each time stands in a template of a language already; what may change is asked each time."""

from pathlib import Path

import pytest
from django.template import engines
from django.utils.translation import override

PACKAGE = Path(__file__).parents[2] / "src" / "kentongan"


def code_of(source, language, name="some.html"):
    with override(language):
        return engines["jinja2"].env.compile(source, name, raw=True)


def shown(source, language, **given):
    with override(language):
        return engines["jinja2"].env.from_string(source).render(given)


@pytest.mark.parametrize(("language", "word"), [("id", "Antrean"), ("en", "Queue")])
def test_words_icons_and_addresses_are_written_into_the_template_of_a_language(language, word):
    code = code_of('{{ icon("inbox") }}{{ _("Queue") }} {{ url("overview") }} {{ language() }}', language)
    assert f'#inbox"/></svg>{word} /overview {language}' in code.replace("\\", "")
    assert "context.call" not in code


def test_what_a_template_is_told_is_asked_each_time():
    source = '{{ _("%(count)s reports", count=count) }}{{ icon(name) }}{{ _(word) }}'
    assert shown(source, "en", count="<1>", name="x", word="Queue").startswith("&lt;1&gt; reports<svg")
    assert shown("{{ _(word) }}", "id", word="Queue") == "Antrean"


def test_words_of_ours_are_not_escaped_in_html_and_others_are():
    assert shown('{{ _("<b>50%%</b>") }}{{ "<b>" }}', "en") == "<b>50%</b>&lt;b&gt;"
    assert '<svg class="icon"' in shown('{% set made = icon("x") ~ "<" %}{{ made }}', "en")
    assert shown('{% set made = _("Queue") ~ "<" %}{{ made }}{{ "<" ~ 1 }}', "en") == "Queue&lt;&lt;1"


def test_an_address_that_there_is_not_here_is_no_fault_before_it_is_shown():
    assert shown('{% if there %}{{ url("nowhere_at_all") }}{% endif %}fine', "en", there=False) == "fine"


def test_a_template_that_changes_the_language_is_left_as_it_is():
    source = '{% call in_the("en") %}{{ _("Queue") }}{% endcall %} {{ _("Queue") }}'
    assert shown(source, "id") == "Queue Antrean"


def test_such_a_template_takes_no_part_from_another_file():
    # A part from another file would stand there in the language that was spoken when it was taken.
    changing = [one for one in PACKAGE.rglob("templates/**/*") if one.is_file() and "in_the(" in one.read_text()]
    assert changing
    for one in changing:
        assert not any(word in one.read_text() for word in ("{% include", "{% extends", "{% import", "{% from")), one
