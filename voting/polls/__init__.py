"""What is put to the vote: ballot styles, options, the counting rule, and freezing them."""
