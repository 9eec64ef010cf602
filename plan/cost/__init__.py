"""Bills a month of it, by part, and a month of what others would use instead."""
