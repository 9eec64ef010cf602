"""What happened in a run over time, and the page that shows it."""
