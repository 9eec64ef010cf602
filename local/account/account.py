"""The account that is checked, and the refusal of any other."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local.account.settings import CheckSettings
from local.aws.emulator import Aws
from local.errors import LocalError


@dataclass(frozen=True, slots=True)
class Account(Aws):
    """An account of AWS in one region, by the credentials of the environment."""

    region: str = ""
    credentials: tuple[tuple[str, str], ...] = ()
    """The variables of the environment that say whose it is."""

    @property
    def environment(self) -> dict[str, str]:
        """Return variables that make any AWS SDK use this account and region."""
        return {**dict(self.credentials), "AWS_REGION": self.region, "AWS_DEFAULT_REGION": self.region}

    def client(self, service: str, config: Config | None = None) -> Any:
        """Return a boto3 client; one of each is kept."""
        return _client(self.region, service) if config is None else _new_client(self.region, service, config)


def _new_client(region: str, service: str, config: Config | None = None) -> Any:
    return boto3.client(service, region_name=region, config=config)  # type: ignore[call-overload]  # any name


_client = cache(_new_client)


def the_account(settings: CheckSettings, environ: Mapping[str, str]) -> Account:
    """Return the account that the settings mean.

    Raises:
        LocalError: there are no credentials, or they are of another account.
    """
    credentials = tuple((name, value) for name, value in environ.items() if name.startswith("AWS_"))
    account = Account("", settings.region, credentials)
    if elsewhere := [name for name in environ if name.startswith("AWS_ENDPOINT_URL")]:
        raise LocalError(f"{' and '.join(elsewhere)} leads elsewhere than to AWS. Unset it, or use ENDPOINT=local.")
    try:
        found = account.client("sts").get_caller_identity()["Account"]
    except (BotoCoreError, ClientError) as error:
        raise LocalError(f"AWS does not say whose credentials these are: {error}. Check AWS_PROFILE.") from None
    if found != settings.account or settings.cluster.split(":")[4] != settings.account:
        raise LocalError(
            f"ACCOUNT is {settings.account}, the credentials are of {found} and the cluster is of "
            f"{settings.cluster.split(':')[4]}. Nothing was made. Check AWS_PROFILE and MSK_CLUSTER_ARN."
        )
    return account


class NoClusterError(LocalError):
    """There is no such cluster, and no topics of it."""


def bootstrap_servers(aws: Aws, cluster: str) -> str:
    """Return the cluster's servers for IAM authentication.

    Raises:
        NoClusterError: there is no such cluster.
        LocalError: MSK does not tell, or the cluster has no IAM authentication.
    """
    try:
        found: dict[str, str] = aws.client("kafka").get_bootstrap_brokers(ClusterArn=cluster)
    except (BotoCoreError, ClientError) as error:
        missing = isinstance(error, ClientError) and error.response["Error"]["Code"] == "NotFoundException"
        kind = NoClusterError if missing else LocalError
        raise kind(f"MSK does not tell of {cluster}: {error}. Check MSK_CLUSTER_ARN and its region.") from None
    if servers := found.get("BootstrapBrokerStringSaslIam"):
        return servers
    raise LocalError(f"{cluster} has no IAM authentication. Switch it on, or name another cluster.")
