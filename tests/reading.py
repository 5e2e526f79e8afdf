"""Pages as people and their browsers read them: how a template is laid out is no part of a page."""

import html
import re
from html.parser import HTMLParser

from django.http import HttpResponse


def read(answer: HttpResponse) -> str:
    """The HTML with single blanks between words and none beside tags."""
    return re.sub(r"\s*(<[^>]+>)\s*", r"\1", " ".join(answer.content.decode().split()))


def plain(answer: HttpResponse) -> str:
    """The words of a page alone, with single blanks between them."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def filled(answer: HttpResponse) -> dict[str, str]:
    """What a browser would send of the inputs and text areas of a page, were nothing typed."""
    fields = _Fields()
    fields.feed(answer.content.decode())
    return fields.values


class _Fields(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        name = told.get("name") or ""
        if tag == "input" and (told.get("type") not in {"checkbox", "radio"} or "checked" in told):
            self.values[name] = told.get("value") or "on"
        if tag == "textarea":
            self.area, self.values[name] = name, ""

    def handle_data(self, data: str) -> None:
        if self.area:
            self.values[self.area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.values[self.area] = self.values[self.area].removeprefix("\n").removeprefix("\r\n")
            self.area = ""
