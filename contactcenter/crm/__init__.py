"""The system of record: customers, the interaction log, consent. No channel and no queue is known here."""
