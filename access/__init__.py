"""Who may do what: staff accounts, sign-in, roles and permissions."""
