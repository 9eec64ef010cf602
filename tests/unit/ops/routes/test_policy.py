"""The IAM policy of a routing table: exactly the actions of each kind, on its own resources, and nothing wider."""

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from comboio.routing.table import load
from dispatcher.destinations import KINDS
from ops.routes.command import run
from ops.routes.destination_rights import Place
from ops.routes.policy import MOST_CHARACTERS, OWN_QUEUES, Policy, PolicyError, policy_of
from tests.support.template import ROOT, TEMPLATE

HERE = "eu-west-1:123456789012"
PLACE = Place("eu-west-1", "123456789012")

EACH_KIND = {
    "sqs": ('target = "https://sqs.eu-west-1.amazonaws.com/123456789012/q"', f"arn:aws:sqs:{HERE}:q"),
    "sqs_fifo": ('target = "https://sqs.eu-west-1.amazonaws.com/123456789012/q.fifo"', f"arn:aws:sqs:{HERE}:q.fifo"),
    "sns": (f'target = "arn:aws:sns:{HERE}:t"', f"arn:aws:sns:{HERE}:t"),
    "sns_fifo": (f'target = "arn:aws:sns:{HERE}:t.fifo"', f"arn:aws:sns:{HERE}:t.fifo"),
    "eventbridge": ('target = "fleet"', f"arn:aws:events:{HERE}:event-bus/fleet"),
    "kinesis": ('target = "readings"', f"arn:aws:kinesis:{HERE}:stream/readings"),
    "firehose": ('target = "lake"', f"arn:aws:firehose:{HERE}:deliverystream/lake"),
    "lambda": ('target = "receiver:live"', f"arn:aws:lambda:{HERE}:function:receiver:live"),
    "step_functions": (f'target = "arn:aws:states:{HERE}:stateMachine:m"', f"arn:aws:states:{HERE}:stateMachine:m"),
    "dynamodb": ('target = "trucks"\nkey = { id = "key" }', f"arn:aws:dynamodb:{HERE}:table/trucks"),
    "s3": ('target = "fleet-lake"\nprefix = "/raw/"', "arn:aws:s3:::fleet-lake/raw/*"),
    "webhook": (
        'target = "$ROUTE_NOT_NEEDED"\nauthorization_secret = "comboio/partner"',
        f"arn:aws:secretsmanager:{HERE}:secret:comboio/partner-??????",
    ),
    "python": ('target = "json:loads"', None),
    "kafka": (
        'target = "mirror"\nbootstrap_servers = "b:9098"\nsecurity = "msk-iam"\n'
        f'cluster = "arn:aws:kafka:{HERE}:cluster/fleet/a-1"',
        (f"arn:aws:kafka:{HERE}:cluster/fleet/a-1", f"arn:aws:kafka:{HERE}:topic/fleet/a-1/mirror"),
    ),
}
"""For each kind the rest of its section, and the resource, or several."""


def policy(
    section: str, kind: str, place: Place = PLACE, route: str = "", environ: dict[str, str] | None = None
) -> Policy:
    """Return the policy of a table with one destination."""
    text = f'version = 1\n[destinations.it]\ntype = "{kind}"\n{section}\n{route}\n[default]\nto = ["it"]\n'
    return policy_of(load(text, _Unset(environ or {})), place)


class _Unset(dict[str, str]):
    """An environment as the command reads a table with: what is not set is its own name."""

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name) or f"${name}"


def resources(found: Policy) -> list[str]:
    """Return all resources of a policy."""
    return [resource for statement in found.statements for resource in statement["Resource"]]


def test_each_kind_is_tried() -> None:
    """A new kind of destination has its permission, or the tests below are red."""
    assert EACH_KIND.keys() == KINDS.keys()


@pytest.mark.parametrize("kind", EACH_KIND)
def test_a_destination_may_do_what_it_does_on_its_own_resource(kind: str) -> None:
    """Each kind gets the actions that the reference names for it, on one resource; a function of yours gets none."""
    section, resource = EACH_KIND[kind]
    found = policy(section, kind)
    expected = [resource] if isinstance(resource, str) else list(resource or ())
    assert resources(found) == expected
    page = (ROOT / "docs/reference/destinations.md").read_text(encoding="utf-8").partition("| type | action |")[2]
    (row,) = re.findall(rf"^\|[^|]*`{kind}`[^|]*\|([^|]*)\|", page, re.MULTILINE)
    documented = set(re.findall(r"`([\w-]+:\w+)`", row)) - {"dynamodb:UpdateItem", "dynamodb:DeleteItem"}
    assert {action for statement in found.statements for action in statement["Action"]} == documented


def test_a_table_gets_the_writes_that_it_is_asked_for() -> None:
    """A destination that updates may not put, and only one that is sent tombstones may delete."""
    section = 'target = "trucks"\nkey = { id = "key" }'
    assert policy(f'{section}\nwrite = "update"', "dynamodb").statements[0]["Action"] == ["dynamodb:UpdateItem"]
    gone = '[[routes]]\nname = "gone"\nvalue = "tombstone"\nto = ["it"]'
    found = policy(section, "dynamodb", route=gone).statements
    assert found[0]["Action"] == ["dynamodb:PutItem", "dynamodb:DeleteItem"]


def test_only_the_alias_of_a_state_machine_may_be_started() -> None:
    """Step Functions authorises by the machine's own ARN, so an alias stands in a condition."""
    machine = f"arn:aws:states:{HERE}:stateMachine:m"
    (statement,) = policy(f'target = "{machine}:live"', "step_functions").statements
    assert statement["Resource"] == [machine]
    assert statement["Condition"] == {"ForAnyValue:StringEquals": {"states:StateMachineQualifier": ["live"]}}


@pytest.mark.parametrize(
    ("kind", "target", "region", "resource"),
    [
        ("sqs", "https://sqs.cn-north-1.amazonaws.com.cn/123456789012/q", "",
         "arn:aws-cn:sqs:cn-north-1:123456789012:q"),
        ("sqs", "https://sqs.us-gov-west-1.amazonaws.com/123456789012/q", "",
         "arn:aws-us-gov:sqs:us-gov-west-1:123456789012:q"),
        ("sqs", "https://vpce-1-a.sqs.eu-west-1.vpce.amazonaws.com/123456789012/q", "", f"arn:aws:sqs:{HERE}:q"),
        ("sqs", "https://eu-west-1.queue.amazonaws.com/123456789012/q", "", f"arn:aws:sqs:{HERE}:q"),
        ("sqs", "https://queue.amazonaws.com/123456789012/q", "", "arn:aws:sqs:us-east-1:123456789012:q"),
        ("kinesis", "r", "cn-north-1", "arn:aws-cn:kinesis:cn-north-1:123456789012:stream/r"),
        ("kinesis", "arn:aws-cn:kinesis:cn-north-1:999999999999:stream/r", "eu-west-1",
         "arn:aws-cn:kinesis:cn-north-1:999999999999:stream/r"),
        ("s3", "fleet-lake", "us-gov-west-1", "arn:aws-us-gov:s3:::fleet-lake/*"),
        ("s3", "fleet-lake", "eusc-de-east-1", "arn:aws-eusc:s3:::fleet-lake/*"),
    ],
)  # fmt: skip
def test_a_resource_is_in_the_partition_of_its_region(kind: str, target: str, region: str, resource: str) -> None:
    """China, GovCloud and the European Sovereign Cloud are told by the region, and an ARN says it itself."""
    assert resources(policy(f'target = "{target}"', kind, Place(region, "123456789012"))) == [resource]


@pytest.mark.parametrize(
    ("kind", "section", "place", "said"),
    [
        ("sqs", 'target = "https://localhost:4566/000000000000/q"', PLACE, "not the URL of a queue on AWS"),
        ("sqs", 'target = "$ROUTE_ELSEWHERE"', PLACE, "the environment has no ROUTE_ELSEWHERE"),
        ("kinesis", 'target = "readings"', Place("", "123456789012"), "--region and --account"),
        ("kinesis", 'target = "readings"', Place("eu-west-1", ""), "--region and --account"),
        ("kinesis", 'target = "readings"', Place("nowhere-1", "123456789012"), "no region 'nowhere-1'"),
        ("kinesis", f'target = "arn:aws:sns:{HERE}:readings"', PLACE, "not an ARN of kinesis"),
        ("eventbridge", f'target = "arn:aws:events:{HERE}:rule/x"', PLACE, "not an ARN of events"),
        ("s3", 'target = "fleet-lake"', Place("", ""), "--region"),
        ("webhook", 'target = "https://x.example"\nauthorization_secret = "$ROUTE_S"', PLACE, "no ROUTE_S"),
    ],
)
def test_a_destination_whose_resource_is_unknown_is_named(kind: str, section: str, place: Place, said: str) -> None:
    """Rather than a wider policy there is none, and the text says of which destination what is missing."""
    with pytest.raises(PolicyError, match=r"destinations\.it \(") as raised:
        policy(section, kind, place)
    assert said in str(raised.value)


def test_nothing_in_a_table_becomes_a_wildcard() -> None:
    """Whoever may write names into a table cannot widen the policy by a star, a question mark or a variable in them."""
    found = policy('target = "fleet-lake"\nprefix = "*"', "s3")
    assert resources(found) == ["arn:aws:s3:::fleet-lake/${*}/*"]
    name = "arn:aws:sns:eu-west-1:123456789012:t?${aws:username}*"
    assert resources(policy(f'target = "{name}"', "sns")) == [f"arn:aws:sns:{HERE}:t${{?}}${{$}}{{aws:username}}${{*}}"]
    with pytest.raises(PolicyError, match="not an ARN of sns"):
        policy('target = "arn:aws:sns:*:123456789012:t"', "sns")


def test_a_secret_s_whole_arn_is_taken_as_it_stands() -> None:
    """Only of a secret whose last characters are not known are any six allowed."""
    whole = f"arn:aws:secretsmanager:{HERE}:secret:partner-AbCdEf"
    assert resources(policy(f'target = "https://x.example"\nauthorization_secret = "{whole}"', "webhook")) == [whole]


def test_the_stack_s_own_queues_are_left_to_its_template() -> None:
    """What the template lets its functions send to needs no policy, set or not; these are all such variables."""
    routed = {f"${name}" for name in TEMPLATE.variables("DispatcherFunction") if name.startswith("ROUTE_")}
    assert routed == OWN_QUEUES
    for environ in ({}, {"ROUTE_TELEMETRY_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/123456789012/q"}):
        found = policy('target = "$ROUTE_TELEMETRY_QUEUE_URL"', "sqs", environ=environ)
        assert found.statements == [] and "the stack" in found.notes[0]


def test_what_the_policy_cannot_have_is_said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The output is JSON and no more; the note about a function of yours goes to the error output."""
    file, said = tmp_path / "routes.toml", io.StringIO()
    sections = ['[destinations.mine]\ntype = "python"\ntarget = "json:loads"']
    sections += ['[destinations.partner]\ntype = "webhook"\ntarget = "https://x.example"\nauthorization_secret = "s"']
    sections += ['[default]\nto = ["mine", "partner"]']
    file.write_text("\n".join(['version = 2\n[message]\nformat = "avro"\nregistry = "glue"', *sections]))
    command = ["policy", str(file), "--region", "eu-west-1", "--account", "123456789012"]
    assert run(command, {}, Console(file=said, width=40)) == 0
    written = json.loads(said.getvalue())
    assert written["Version"] == "2012-10-17"
    assert written["Statement"][0]["Resource"] == [f"arn:aws:secretsmanager:{HERE}:secret:s-??????"]
    aside = capsys.readouterr().err
    assert "destinations.mine" in aside and "glue:GetSchemaVersion" in aside


def test_a_policy_that_iam_does_not_take_is_said_to_be_too_large() -> None:
    """A managed policy has a maximum size, which nobody should learn from a failed deployment."""
    names = [f"d{number}" for number in range(120)]
    sections = [f'[destinations.{name}]\ntype = "kinesis"\ntarget = "{name}-{"x" * 40}"' for name in names]
    found = policy_of(load("\n".join(["version = 1", *sections, '[default]\nto = ["d1"]']), {}), PLACE)
    assert any(str(MOST_CHARACTERS) in note for note in found.notes)
