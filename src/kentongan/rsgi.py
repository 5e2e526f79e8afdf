"""The RSGI application that granian serves: Django behind `kentongan.front`."""

from kentongan.front.answering import Front
from kentongan.wsgi import application as _wsgi

application = Front(_wsgi)
