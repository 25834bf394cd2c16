"""Voice: the port, the steps, the runner for pushed carriers, and one module per adapter."""
