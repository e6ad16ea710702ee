"""Areas of any tier, their dates of validity, and what became of them."""
