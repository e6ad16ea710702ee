"""What everybody can download after a count, and the programs to check it with."""
