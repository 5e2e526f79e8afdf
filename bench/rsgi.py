"""What granian serves while measuring, as `kentongan serve` does."""

from bench.wsgi import application as _wsgi
from kentongan.front.answering import Front

application = Front(_wsgi)
