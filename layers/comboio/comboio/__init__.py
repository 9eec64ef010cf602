"""What the dispatcher, the replayer, the producer and the consumer share: the contract and the ledger."""
