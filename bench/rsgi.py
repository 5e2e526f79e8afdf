"""What granian serves while measuring, as `kentongan serve` does, with the collector kept from what stays."""

from bench.wsgi import application as _wsgi
from kentongan.cli.sharing import share
from kentongan.front.answering import Front

# After Django is set up: the room has a table.
from kentongan.live import Watcher  # isort: skip

share()
application = Front(_wsgi, Watcher())
