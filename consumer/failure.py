"""What ends the service: it cannot do its work any more, and only a new process can."""

from comboio.errors import ServiceError


class ServiceFailedError(ServiceError):
    """The service ends with status 1; the message says why, and what to check."""
