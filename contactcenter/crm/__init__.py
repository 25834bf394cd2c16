"""The system of record: customers, the interaction log, consent; it knows no channel or queue."""
