"""E-mail: the port, MIME, threading, and one module per adapter."""
