"""Revisions, oldest first; each with a page in the changelog."""
