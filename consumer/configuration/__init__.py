"""The configuration of a mapping that stands in a template or is deployed, as options of the consumer."""
