"""Tests of what knows no domain."""
