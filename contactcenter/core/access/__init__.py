"""Who may do what: accounts, roles, sign-in, tokens, audit. Import from the modules."""
