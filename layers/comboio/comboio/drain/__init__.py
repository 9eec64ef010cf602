"""How far the hold queue is drained: what the drainer writes, and the dispatcher reads before it overtakes anything."""
