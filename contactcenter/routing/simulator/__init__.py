"""The simulator: whole days on the production floor under a virtual clock.

``scenario`` says what a run is about, ``loader`` reads one from YAML, ``simulate.simulate`` runs it
and gives a ``result.Result``. Nothing here decides who gets what: that is ``routing.floor``.
"""
