"""AWS for the local stack: an emulator on loopback, with the resources of template.yaml."""

from local.aws.deployment import Deployment, deploy
from local.aws.emulator import Aws, emulator
from local.aws.function import DeployedFunction
from local.aws.queue import QueuedMessage, messages

__all__ = ["Aws", "DeployedFunction", "Deployment", "QueuedMessage", "deploy", "emulator", "messages"]
