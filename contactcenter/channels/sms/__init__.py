"""SMS: the port, the text rules, and one module per adapter."""
