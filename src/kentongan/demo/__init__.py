"""Demonstration data: people, partners and reports, all marked `is_demo` and removed by one command.

Reports are made only through the commands that citizens and officers use, so what the demo shows is what
the program does.
"""
