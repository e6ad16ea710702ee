"""Files that people upload: one way in, read with suspicion."""
