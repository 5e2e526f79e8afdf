"""How much is tried of what is generated or walked: all of it on the first database, a part of it on the second.

What differs between the two shows in any part; the hours of a small machine are for what is new. `script/test` names
the second by `KENTONGAN_DATABASE`, as every instance does.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

MANY = int(os.environ.get("KENTONGAN_MANY", 0))


def is_second() -> bool:
    """Whether the tests run on PostgreSQL, after they ran on SQLite."""
    return os.environ.get("KENTONGAN_DATABASE", "").startswith(("postgres://", "postgresql://"))


def part(whole: int) -> int:
    """How many of `whole` examples are tried here: a quarter on the second database, one at least."""
    return max(1, whole // 4) if is_second() else whole


def few(most: int = 40, *, shared: bool = False) -> settings:
    """So many examples of a property, which cost less than 0.3 s of processor; `KENTONGAN_MANY` of each where somebody
    looks for what is wrong. `shared`: all of them have one fixture, such as a folder."""
    passed_over = [HealthCheck.function_scoped_fixture] if shared else []
    return settings(max_examples=MANY or most, suppress_health_check=passed_over)
