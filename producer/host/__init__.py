"""The machine around the service: signals, systemd, logs."""
