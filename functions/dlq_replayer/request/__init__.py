"""What a replayer request may ask for, and what a run still has to do."""
