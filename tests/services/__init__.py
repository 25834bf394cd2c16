"""The real programs tests run against: PostgreSQL, Chromium, sample files; and what is missing.

`system` uses the standard library alone, because dev.py asks it before anything is installed.
"""
