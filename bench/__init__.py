"""Measurements of speed: ratios taken in one run, each with its limit beside it. Run by script/bench."""
