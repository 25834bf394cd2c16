"""Ports to the outside world and their adapters; the core never sees a provider's types."""
