"""Which name means what: scopes, and where each variable lives."""
