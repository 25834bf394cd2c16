"""The distributor (ACD): pure matcher, floor, reservations, the router actor."""
