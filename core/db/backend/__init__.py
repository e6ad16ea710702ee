"""Django's PostgreSQL backend, with connections that notice when they have been closed."""
