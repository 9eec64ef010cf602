"""Where discarded records go, and in which document."""
