"""Pages that belong to the whole site: home, legal texts, display settings, personal data."""
