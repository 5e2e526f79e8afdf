"""Kentongan: one report, the right government, whatever app it was made in."""
