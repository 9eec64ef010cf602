"""The whole invocation: from the event's bytes to the response's bytes, by AWS's runtime client and over TLS."""
