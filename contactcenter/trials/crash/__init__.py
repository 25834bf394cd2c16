"""Killing the server around events of a scripted day, and proving that nothing came of it."""
