"""Pages about accounts, persons and roles."""
