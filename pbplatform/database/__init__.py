"""Django's PostgreSQL, asked less often whether it is still there; the setting ENGINE names this package."""
