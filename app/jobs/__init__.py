"""What workers run: thin, safe to run twice, ids in."""
