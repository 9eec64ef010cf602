"""A webhook: a receiver that speaks HTTP. May import its parent, which imports it only where one is routed."""
