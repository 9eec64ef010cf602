"""AWS for the local stack: an emulator on loopback, with the resources of template.yaml."""

from local.aws.deployment import Deployment, deploy
from local.aws.emulator import Aws, emulator
from local.aws.function import Function
from local.aws.queue import Message, messages

__all__ = ["Aws", "Deployment", "Function", "Message", "deploy", "emulator", "messages"]
