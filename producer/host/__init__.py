"""The machine around the service: signals, systemd, streams, logs."""
