"""From the close to the certified result: close, reconcile, count, certify."""
