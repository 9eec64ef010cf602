"""The DLQ replayer: dead letters looked at, taken back, parked or purged, under an operator's control."""
