"""The demo's telecom operator, Nordwind: everything it needs to live, the same at every start."""
