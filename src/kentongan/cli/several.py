"""Several commands one after another in one process: to begin each by itself costs one to two seconds of processor."""

from __future__ import annotations

import json
import sys
import traceback

from kentongan.cli.running import command

FAILED = 100  # and the number of the command that failed, from 0 on, is how this process ends


def run() -> None:
    """Runs the commands of `sys.argv[1]`, a JSON list of lists of words, up to one that fails.

    What each says is written when it has ended. However one fails, this process ends with `FAILED` and its number.
    """
    for number, words in enumerate(json.loads(sys.argv[1])):
        sys.argv[1:] = words
        try:
            command()
        except SystemExit as ended:
            if isinstance(ended.code, str):
                sys.stderr.write(f"{ended.code}\n")
            if ended.code:
                raise SystemExit(FAILED + number) from None
        except Exception:  # noqa: BLE001  told as Python tells it, and whose it was
            traceback.print_exc()
            raise SystemExit(FAILED + number) from None
        sys.stdout.flush()


if __name__ == "__main__":
    run()
