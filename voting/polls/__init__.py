"""Content of the vote: ballot styles, options, the counting rule, and freezing them."""
