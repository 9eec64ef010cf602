"""What traces cost the dispatcher."""
