"""The installation's settings, with one page more: the hello-world that others are measured against."""

from kentongan.settings import *  # noqa: F403

ROOT_URLCONF = "bench.urls"
