"""What waits for a destination in the hold queue: told, tried now, or given up; always by way of its drainer."""
