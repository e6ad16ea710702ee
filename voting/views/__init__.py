"""Pages of the vote: the ballot, the results, and the officials' desk."""
