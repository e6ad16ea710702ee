"""What views of every room share: decorators, refusals, requests."""
