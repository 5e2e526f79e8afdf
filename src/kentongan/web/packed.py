"""Style sheets, scripts and icons leave packed: a phone on a slow link loads a third of the bytes."""

from __future__ import annotations

import re
from os import stat_result
from typing import Any

from django.http import HttpRequest
from whitenoise.middleware import WhiteNoiseMiddleware

# RFC 9110 12.5.3: a weight of nothing refuses. Django and WhiteNoise look for the word alone.
_REFUSED = re.compile(r"(?<![\w-])(?:(?:x-)?gzip|br)\s*;\s*q=0(?:\.0*)?\s*(?=,|$)", re.IGNORECASE)


class PackedStatic(WhiteNoiseMiddleware):  # type: ignore[misc]  # whitenoise has no types
    """Sends the packed twin that `script/build-frontend` made of a file, unless the file has changed since.

    Nothing that is answered is packed in a way that the request refuses.
    """

    def __call__(self, request: HttpRequest) -> Any:
        """A file, or what the views answer."""
        accepted = request.META.get("HTTP_ACCEPT_ENCODING", "")
        if "q=0" in accepted.lower():
            request.META["HTTP_ACCEPT_ENCODING"] = _REFUSED.sub("", accepted)
        return super().__call__(request)

    def get_static_file(self, path: str, url: str, stat_cache: dict[str, stat_result] | None = None) -> Any:
        """The file with those of its twins that are not older."""
        if stat_cache:
            since = stat_cache[path].st_mtime
            near = (path, f"{path}.gz", f"{path}.br")
            stat_cache = {
                one: stat_cache[one] for one in near if one in stat_cache and stat_cache[one].st_mtime >= since
            }
        return super().get_static_file(path, url, stat_cache)
