"""From JSON to what a schema of a registry says: Avro, JSON Schema and Protobuf in Confluent's wire format."""
