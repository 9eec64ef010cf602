"""Plans a deployment: from a traffic profile to partitions, keys, pollers, brokers, lag and a bill."""
