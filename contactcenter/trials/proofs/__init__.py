"""Known results of queueing theory and published studies, met by the production floor."""
