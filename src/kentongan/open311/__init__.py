"""Open311 GeoReport v2 with its widely used extensions, as a server others can trust: docs/reference/open311.md."""
