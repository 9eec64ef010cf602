"""What is fetched and not committed, and what to invoke next: pure policy, which imports nothing but events."""
