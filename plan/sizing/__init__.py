"""Sizes the deployment: batches, partitions, pollers, environments, brokers, and the lag they leave."""
