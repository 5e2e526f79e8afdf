"""SP4N-LAPOR!, the national complaint channel: a port, ready for the interface that is documented only to agencies."""
