"""Segments, campaigns and deliveries."""
