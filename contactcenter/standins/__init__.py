"""The outside world, shipped: carrier world, handset, Twilio stand-in, mail drop."""
