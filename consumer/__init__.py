"""A self-managed event source mapping: polls a consumer group, builds the event Lambda gets, invokes, commits."""
