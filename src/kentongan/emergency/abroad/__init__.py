"""Alerts between instances: the letters, how they are taken in, and the lane that sends them."""
