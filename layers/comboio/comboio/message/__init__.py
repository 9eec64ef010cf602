"""How a payload is read: where its code, id, entity and time stand, in which format, and what it becomes downstream."""
