"""Pages about proposals: reading, writing, reviewing."""
