"""Locks, triggers and what else speaks to PostgreSQL itself."""
