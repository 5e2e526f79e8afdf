"""Reading YAML files: the packaged ones and an operator's."""

from __future__ import annotations

from typing import Any

import yaml

# libyaml reads our files about eight times faster than Python does; the few builds of PyYAML without it read the same.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(written: str) -> Any:
    """Plain values of a YAML text, never objects. Raises yaml.YAMLError where it is none."""
    try:
        return yaml.load(written, Loader=_Loader)  # noqa: S506  either of the two safe ones
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as fault:
        # A day such as 2026-13-01, or `!!int x`: what looks like a value and is none falls out of the library so.
        raise yaml.YAMLError(f"it holds a value that is none ({fault})") from None
