"""What runs the producer under systemd."""
