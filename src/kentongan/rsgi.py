"""The RSGI application that granian serves: Django behind `kentongan.front`, and the streams of `kentongan.live`."""

from kentongan.front.answering import Front
from kentongan.wsgi import application as _wsgi

# After Django is set up: the room has a table.
from kentongan.live import Watcher  # isort: skip

application = Front(_wsgi, Watcher())
