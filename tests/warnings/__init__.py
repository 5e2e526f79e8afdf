"""Warnings to people."""
