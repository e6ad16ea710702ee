"""What the database knows of the keys that lie outside it."""

from django.db import models


class KeyCheck(models.Model):
    """A fingerprint of a key that lies outside the database: a node with another key refuses to work."""

    name = models.CharField(max_length=40, unique=True)
    fingerprint = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return self.name
