"""Style sheets, scripts and icons leave packed: a phone on a slow link loads a third of the bytes."""

from __future__ import annotations

from os import stat_result
from typing import Any

from whitenoise.middleware import WhiteNoiseMiddleware


class PackedStatic(WhiteNoiseMiddleware):  # type: ignore[misc]  # whitenoise has no types
    """Sends the packed twin that `script/build-frontend` made of a file, unless the file has changed since."""

    def get_static_file(self, path: str, url: str, stat_cache: dict[str, stat_result] | None = None) -> Any:
        """The file with those of its twins that are not older."""
        if stat_cache:
            since = stat_cache[path].st_mtime
            near = (path, f"{path}.gz", f"{path}.br")
            stat_cache = {
                one: stat_cache[one] for one in near if one in stat_cache and stat_cache[one].st_mtime >= since
            }
        return super().get_static_file(path, url, stat_cache)
