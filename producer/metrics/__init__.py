"""What is measured, and where figures are reported to."""
