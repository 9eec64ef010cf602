"""The command `make aws-check`: checks, reports, and removes whatever it made, however it ends."""

import os
import secrets
import sys
import time

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from consumer.conformance.kafka import FOR_EVER
from local.account.account import Account, bootstrap_servers, the_account
from local.account.estimate import Estimate, estimate
from local.account.interrupts import Interrupts
from local.account.made import CheckRun, Made
from local.account.place import FOLDER, CheckPlace, here, in_account, list_of
from local.account.questions import template as questions
from local.account.remove import KafkaRemoval, Removal, WithoutKafka
from local.account.report import CheckReport
from local.account.run import Check, Found
from local.account.settings import CheckSettings
from local.account.stack import refuse_taken
from local.account.topics import RunNames, RunTopic, Topics, msk
from local.demo.processes import Processes, base_environment
from local.demo.proof.paths import Paths
from local.deploy import sam
from local.deploy.display import Steps
from local.errors import LocalError
from local.usage import explain
from local.verdict import empty, end_by


def main() -> None:
    """Run it: exit status 0 if the run is sound, 1 if not, 2 if it could not be run."""
    explain(
        "local.account",
        "Deploys the stack in an account, checks it with messages, and removes it: `make aws-check`.",
        CheckSettings,
    )
    end_by(_run, str(FOLDER / "report.json"))


def _run(console: Console) -> CheckReport:
    interrupts = Interrupts()
    interrupts.install()
    settings = CheckSettings.from_environment()
    sam.require_sam()
    if settings.remove:
        return _removed(settings, interrupts)
    empty(FOLDER)
    if settings.endpoint == "local":
        with here(settings, _topics(settings), os.environ) as place:
            return _checked(settings, console, place, interrupts)
    return _checked(settings, console, in_account(settings, os.environ), interrupts)


def _removed(settings: CheckSettings, interrupts: Interrupts) -> CheckReport:
    """Remove what an earlier run left in the account."""
    made = Made.left(list_of(settings), settings.account, settings.cluster)
    account = the_account(settings, os.environ)
    removal = Removal(account, _kafka(account, settings), made)
    interrupts.no_more()
    removal.all()
    sys.stdout.write("\n".join([*(f"removed {each}" for each in removal.removed), *removal.left]) + "\n")
    raise SystemExit(1 if removal.left else 0)


def _topics(settings: CheckSettings) -> list[RunTopic]:
    asking = questions.topics(settings.name) if settings.questions else {}
    return [
        *RunNames(settings.name).topics(),
        *(RunTopic(topic, partitions, topic, FOR_EVER) for topic, partitions in asking.items()),
    ]


def _kafka(account: Account, settings: CheckSettings) -> KafkaRemoval:
    try:
        return Topics(msk(bootstrap_servers(account, settings.cluster), settings.region))
    except LocalError as error:
        return WithoutKafka(error)


def _checked(settings: CheckSettings, console: Console, place: CheckPlace, interrupts: Interrupts) -> CheckReport:
    """Check, and remove all of it, whatever happens meanwhile."""
    refuse_taken(place.aws, settings.name)
    cost = estimate(settings)
    console.print(
        f"{settings.name} in {place.account}, {place.region}: about {cost.usd:.2f} USD without the cluster.",
        highlight=False,
    )
    names, steps, paths = RunNames(settings.name), Steps(console), Paths(FOLDER)
    made = Made.begin(place.list, CheckRun(settings.name, _run_id(), place.account, place.cluster))
    removal = Removal(place.aws, place.topics, made)
    try:
        try:
            place.make_topics(_topics(settings), made)
            with Processes(base_environment()) as processes:
                found = Check(settings, place, names, made, paths, steps).run(processes)
        except (BotoCoreError, ClientError) as error:
            raise LocalError(f"AWS refused a step: {error}. Check the rights of these credentials.") from None
        finally:
            interrupts.no_more()
            with steps.step("all that was made is removed"):
                removal.all()
    finally:
        if place.list.exists():
            sys.stderr.write(_left(removal, place))
    report = _report(place, made, found, removal, cost)
    report.write(FOLDER / "report.json")
    return report


def _left(removal: Removal, place: CheckPlace) -> str:
    """Return what is left, and what to do about it."""
    told = "".join(f"Left: {each}\n" for each in removal.left)
    return f"{told}What {place.list} lists may be there still, and cost. Remove it by the same command, REMOVE=true.\n"


def _report(place: CheckPlace, made: Made, found: Found, removal: Removal, cost: Estimate) -> CheckReport:
    return CheckReport(
        account=place.account,
        region=place.region,
        kafka=place.kafka,
        run=made.run.id,
        deploy_s=round(found.deploy_s, 1),
        messages=found.messages,
        result=found.result,
        died=found.died,
        held=found.held,
        diverted=found.diverted,
        answers=found.answers,
        estimate_usd=round(cost.usd, 2),
        unchecked_prices=cost.unchecked,
        removed=tuple(removal.removed),
        left=tuple(removal.left),
        stand_ins=tuple(place.stand_ins.items()),
    )


def _run_id() -> str:
    return time.strftime("%Y%m%dT%H%M%SZ-", time.gmtime()) + secrets.token_hex(4)
