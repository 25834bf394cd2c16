"""Bench, scenario runner, demo seed and process wiring."""
