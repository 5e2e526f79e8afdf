"""The engine of Django for a database in a file: named in `databases`, loaded by Django (`base`)."""
