"""From a reading to a message: payload, event id, topic, key."""
