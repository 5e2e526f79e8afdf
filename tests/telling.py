"""Has each process that is measured tell again and again what it reached, so that one which is killed has told it too.

coverage.py writes at the end of a process, and a process that is killed has none. `script/test --coverage` has every
process of the environment run this at its start, by the line of `installed`. Nothing here touches a run that is not
measured.
"""

from __future__ import annotations

import atexit
import os
import sys
import sysconfig
import threading
import time
from contextlib import suppress
from pathlib import Path

EACH = 15.0  # seconds: each time costs a tenth of a second of processor, and dozens of processes may be at it
BEGINS = "begins"  # how a process calls it that has run it by the line
LINE = "import os; os.getenv('COVERAGE_PROCESS_CONFIG') and exec(open({path!r}).read(), {{'__name__': {name!r}}})\n"
_telling = threading.Lock()  # held where a process forks: its child must not inherit coverage.py's own locks taken


def _tell() -> None:
    from coverage import Coverage

    while True:
        time.sleep(EACH)
        if (measuring := Coverage.current()) is not None:
            with _telling, suppress(Exception):  # it ends just now, which tells all anyhow
                measuring.get_data()  # not `save`, which is not made for two threads at once


def _begin() -> None:
    threading.Thread(target=_tell, name="telling", daemon=True).start()


def _begin_in_child() -> None:
    _telling.release()
    _begin()


def begin() -> None:
    """Begins to tell, in this process and in those that are forked from it."""
    atexit.register(_telling.acquire)
    os.register_at_fork(before=_telling.acquire, after_in_parent=_telling.release, after_in_child=_begin_in_child)
    _begin()


def line() -> Path:
    """The file that has every process of this environment begin: after coverage.py's own, which begins to measure."""
    return Path(sysconfig.get_path("purelib")) / "a2_telling.pth"


if __name__ == "__main__" and sys.argv[1:]:
    if sys.argv[1] == "install":
        line().write_text(LINE.format(path=__file__, name=BEGINS))
    else:
        line().unlink(missing_ok=True)
elif __name__ == BEGINS:
    begin()
