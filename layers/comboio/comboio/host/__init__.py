"""What services on a host have in common: HTTP, files that may fail, figures in others' formats, words for systemd."""
