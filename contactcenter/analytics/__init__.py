"""Definitions of metrics and the live floor, folded from the interaction log."""
