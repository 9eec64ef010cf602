"""`make record-events`: records the events of events/ anew, from runs of the consumer over Kafka."""
