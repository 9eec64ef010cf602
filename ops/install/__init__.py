"""What brings the services to a host and keeps them there: units for systemd, their options, and the installer."""
