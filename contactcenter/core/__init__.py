"""What every other package stands on; it knows nothing of customers, channels or routing."""
