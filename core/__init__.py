"""Shared by every room and free of the domain: languages, money, forms, refusals, locks, web helpers."""
