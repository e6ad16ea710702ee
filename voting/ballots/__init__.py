"""The sealed box, its public log, casting, receipts and kiosks."""
