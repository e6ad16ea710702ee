"""Public bodies that hold rounds, with their departments, categories and branding."""
