"""The machine around the service: disk, signals, systemd, streams, logs."""
