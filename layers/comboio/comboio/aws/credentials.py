"""Where the keys come from: the environment in Lambda, botocore's whole chain anywhere else."""

from collections.abc import Callable, Mapping

from comboio.aws.sigv4 import Credentials
from comboio.errors import ConfigurationError, ServiceError

CredentialSource = Callable[[], Credentials]
"""Returns the keys that are valid now; may raise KeysUnavailableError."""


class NoCredentialsError(ConfigurationError):
    """No source of the chain has AWS credentials."""


class KeysUnavailableError(ServiceError):
    """There were keys, and none can be had now: the host's metadata do not answer, a session is over."""


def credential_source(environ: Mapping[str, str]) -> CredentialSource:
    """Return a function that returns the current keys.

    Lambda puts them in the environment, and they last as long as the execution environment does. Elsewhere (EC2,
    a container, a profile, SnapStart) botocore finds them, and refreshes them when they are about to expire.

    Raises:
        NoCredentialsError: when nothing has any.
    """
    access_key, secret_key = environ.get("AWS_ACCESS_KEY_ID"), environ.get("AWS_SECRET_ACCESS_KEY")
    if access_key and secret_key:
        fixed = Credentials(access_key, secret_key, environ.get("AWS_SESSION_TOKEN", ""))
        return lambda: fixed
    return _from_botocore()


def _from_botocore() -> CredentialSource:
    from botocore.session import Session  # only here: it is a third of a second on the cold path

    found = Session().get_credentials()
    if found is None:
        raise NoCredentialsError(
            "No AWS credentials. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile in AWS_PROFILE, or "
            "give the machine a role."
        )

    def current() -> Credentials:
        try:
            frozen = found.get_frozen_credentials()
        except Exception as error:  # a provider of the chain may be anybody's, as a credential_process is
            raise KeysUnavailableError(f"the AWS keys could not be renewed: {error}") from None
        return Credentials(frozen.access_key or "", frozen.secret_key or "", frozen.token or "")

    return current
