"""Composition root: settings to running services; the only place that names adapters."""
