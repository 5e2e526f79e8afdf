"""Open311 GeoReport v2 as a client, and FixMyStreet's extension of it: real servers, met with patience."""
