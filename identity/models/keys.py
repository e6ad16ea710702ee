"""Fingerprints of the keys outside the database."""

from django.db import models


class KeyCheck(models.Model):
    """A fingerprint of a key outside the database: a node with another key refuses to work."""

    name = models.CharField(max_length=40, unique=True)
    fingerprint = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return self.name
