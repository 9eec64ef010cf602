"""Every option of the producer, and where options come from."""
