"""Voting on paper: polling places, check-ins, batches and their transcription."""
