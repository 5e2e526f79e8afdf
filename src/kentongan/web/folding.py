"""What is the same each time a template is shown is written into it when it is read: texts, icons, our addresses.

A page of ours has some hundred icons and as many texts. To call for each of them, and to stop the template for it, was
the largest part of showing a page; so each language has templates of its own, in which they are plain text already.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

import jinja2
from django.conf import settings
from django.template.backends.jinja2 import Jinja2
from django.urls import NoReverseMatch
from django.utils.translation import get_language, override
from jinja2 import nodes
from jinja2.runtime import markup_join
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

CHANGING = "in_the"  # a template that changes the language on its way is left as it is
Makers = Mapping[str, Callable[..., Any]]


class Folding(jinja2.Environment):
    """Jinja2, and in an overlay for a language whatever of `makers` is asked for with constants is made once."""

    makers: Makers = {}
    language = ""

    def spoken(self, language: str) -> Folding:
        """Templates of one language beside these, which stay as they are; with globals and loader in common."""
        found: Any = self.overlay()
        found.language = language
        return cast(Folding, found)

    def _generate(
        self, source: nodes.Template, name: str | None, filename: str | None, defer_init: bool = False
    ) -> str:
        """Jinja's own hook between reading a template and writing its code."""
        if self.language and not any(one.name == CHANGING for one in source.find_all(nodes.Name)):
            is_html = bool(self.autoescape(name) if callable(self.autoescape) else self.autoescape)
            with override(self.language):
                source = _Folder(self.makers, is_html).visit(source)
        return super()._generate(source, name, filename, defer_init)


class Engine(Jinja2):
    """Django's backend for Jinja2, which takes the templates of the language that is spoken now."""

    def __init__(self, params: dict[str, Any]) -> None:
        self._plain: Any = None
        self._spoken: dict[str, Folding] = {}
        super().__init__(params)

    @property
    def env(self) -> Any:
        """The environment of the language in use."""
        return self._spoken.get(get_language() or "", self._plain)

    @env.setter
    def env(self, made: jinja2.Environment) -> None:
        if not isinstance(made, Folding):
            raise TypeError("the environment of our templates is a Folding")
        self._plain = made
        self._spoken = {code: made.spoken(code) for code, _name in settings.LANGUAGES}


class _Folder(NodeTransformer):
    """Puts the answer in place of a call of which everything is known."""

    def __init__(self, makers: Makers, is_html: bool) -> None:
        self._makers, self._is_html = makers, is_html

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802  the name that Jinja looks for
        """One call, after what is inside it."""
        self.generic_visit(node)
        make = self._makers.get(node.node.name) if isinstance(node.node, nodes.Name) else None
        given = [one.value for one in node.args if isinstance(one, nodes.Const)]
        if make is None or len(given) < len(node.args) or node.kwargs or node.dyn_args or node.dyn_kwargs:
            return node
        try:
            made = make(*given)
        except NoReverseMatch:  # an address of a part that is not installed: its template asks before it gets there
            return node
        return self._constant(made, node.lineno)

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        """Jinja itself joins constants as plain text, whatever of them is safe."""
        self.generic_visit(node)
        parts = [_known(one) for one in node.nodes]
        return node if None in parts else self._constant(markup_join(parts), node.lineno)

    def _constant(self, made: Any, line: int) -> nodes.Expr:
        constant = nodes.Const(str(made), lineno=line)
        return nodes.MarkSafe(constant, lineno=line) if self._is_safe(made) else constant

    def _is_safe(self, made: Any) -> bool:
        return self._is_html and hasattr(made, "__html__")


def _known(part: nodes.Expr) -> str | None:
    """What a part of a template always is; None where it is not known."""
    if isinstance(part, nodes.MarkSafe) and isinstance(part.expr, nodes.Const):
        return Markup(part.expr.value)  # noqa: S704  `_Folder` made it
    return str(part.value) if isinstance(part, nodes.Const) else None
