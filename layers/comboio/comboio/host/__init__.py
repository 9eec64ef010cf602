"""What the services on a host have in common: the HTTP endpoint, figures in others' formats, and words for systemd."""
