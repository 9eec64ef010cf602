"""What services on a host share: HTTP, files that may fail, formats of figures, words for systemd, new topics."""
