"""What services on a host have in common: HTTP, files that may fail, formats of figures, words for systemd, new topics."""
