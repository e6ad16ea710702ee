"""Shared by the views of every room: decorators, refusals, requests."""
