"""The live socket (``docs/reference/live.md``): topics, numbered frames, presence."""
