"""A receiver of signed events (Standard Webhooks), which answers in the same way."""
