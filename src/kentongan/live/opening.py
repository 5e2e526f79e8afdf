"""`GET /live?topic=…`: who may listen to what. The stream itself is `kentongan.front`'s."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from kentongan.foundation.problems import Problem
from kentongan.foundation.rates import address
from kentongan.live.telling import TOPIC

May = Callable[[HttpRequest, str], bool]  # whether who asks may listen to this name of a topic
MOST_TOPICS = 20  # of one stream: a page shows few things


class Granted(HttpResponse):
    """The front makes a stream of this answer. Where none stands before Django it is a 204, after which a browser
    does not come again (HTML, "server-sent events") and its page goes on to look by itself."""

    status_code = 204

    def __init__(
        self, topics: frozenset[str], since: int | None, private: str, client: str, closing: frozenset[str],
        present: frozenset[str] = frozenset(),
    ) -> None:  # fmt: skip
        super().__init__()
        self["Cache-Control"] = "no-store"
        self.listens_to = topics
        self.since = since  # the last change that the browser has heard of
        self.private = private  # the topic of the person who asks; empty for a stranger
        self.client = client  # an address
        self.present = present  # topics on which it is seen who listens
        self.closing = closing  # topics that a change may close: who may listen is asked before it is told


class Opening:
    """The view, for the topics that it is given: by what stands before the colon, who may listen. `closing`: those
    of them whose own change may end the right, as when a report becomes secret. `present`: those on which people who
    are signed in see each other."""

    def __init__(
        self, topics: Mapping[str, May], closing: frozenset[str] = frozenset(), present: frozenset[str] = frozenset()
    ) -> None:
        self._topics, self._closing, self._present = topics, closing, present

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Grants all that is asked for, or nothing.

        Raises Problem `bad_topic` (422), `forbidden` (403) where one of the topics is not for who asks.
        """
        if request.method != "GET":
            return HttpResponse(status=405, headers={"Allow": "GET"})
        asked = frozenset(request.GET.getlist("topic"))
        if not 0 < len(asked) <= MOST_TOPICS or not all(TOPIC.fullmatch(one) for one in asked):
            raise Problem("bad_topic", 422, _("Say what to listen to: topic=report:CODE, at most twenty times."))
        for one in sorted(asked):
            kind, _colon, name = one.partition(":")
            may = self._topics.get(kind)
            if may is None or not may(request, name):
                raise Problem("forbidden", 403, _("You may not listen to this."), extra={"topic": one})
        person = request.user.pk if request.user.is_authenticated else None
        heard = request.headers.get("Last-Event-ID", "")
        since = int(heard) if heard.isascii() and heard.isdigit() and len(heard) < 19 else None
        closing = frozenset(one for one in asked if one.partition(":")[0] in self._closing)
        present = frozenset(one for one in asked if person and one.partition(":")[0] in self._present)
        return Granted(asked, since, f"person:{person}" if person else "", address(request), closing, present)
