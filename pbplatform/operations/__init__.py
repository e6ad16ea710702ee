"""What keeps a site running: health, logs, invariants, privileges, retention."""
