"""`make test-kafka`: three brokers of Apache Kafka are troubled, one scenario after the other, under load."""

import sys
import time
from collections.abc import Mapping
from pathlib import Path

from confluent_kafka import KafkaException
from rich.console import Console

from comboio.settings import SettingsError
from local.aws import Deployment, deploy, emulator
from local.aws.emulator import install
from local.demo.processes import Processes, base_environment
from local.errors import LocalError, stop_for
from local.kafka.apache import kafka_classpath, kafka_version
from local.kafka.three_brokers import three_brokers
from local.progress import Progress, silence, to_stderr
from local.tool import ROOT
from local.verdict import empty, end_by
from tests.kafka.check import check
from tests.kafka.enclosure import Enclosure, enter
from tests.kafka.report import Report, Result
from tests.kafka.run import PARTITIONS, Run, Surroundings, load_average
from tests.kafka.scenarios.known import SCENARIOS
from tests.kafka.settings import KafkaTestSettings

OUTPUT = ROOT / "build" / "proof" / "kafka.json"
HISTORIES = ROOT / "build" / "proof" / "kafka"
"""A folder for each scenario: its history, and the logs of all who took part."""


def run(console: Console, missing: str) -> Report:
    """Run the scenarios that are asked for."""
    settings = KafkaTestSettings.from_environment()
    report = Report(kafka_version())
    histories = empty(HISTORIES)

    def say(line: str) -> None:
        console.print(line, highlight=False, soft_wrap=True, markup=False)
        console.file.flush()

    progress = say if console.is_terminal else silence
    names = [f"{name}#{each}" if each else name for each in range(settings.rounds) for name in settings.scenarios]
    enclosure = Enclosure(missing)
    with emulator(progress=progress) as aws, three_brokers(enclosure.hosts, progress) as cluster:
        surroundings = Surroundings(cluster, enclosure, _function(deploy(aws)), settings.rate)
        for name in names:
            result = _result(name, surroundings, histories / name, progress)
            report.results.append(result)
            report.write(OUTPUT)
            say(f"{name}: {'sound' if result.sound else 'BROKEN'}, load {result.load}; {result.in_words()}")
    return report


def _function(deployed: Deployment) -> Mapping[str, str]:
    """Return the environment of the dispatcher, and the one cluster that it serves."""
    cluster = deployed.parameters["MskClusterArn"]
    return {**deployed.environment("DispatcherFunction"), "CONSUMER_EVENT_SOURCE_ARN": cluster}


def _result(name: str, surroundings: Surroundings, folder: Path, progress: Progress) -> Result:
    scenario, began = SCENARIOS[name.partition("#")[0]], time.monotonic()
    if scenario.enclosed and surroundings.enclosure.missing:
        return Result(name, scenario.what, 0, load_average(), None, surroundings.enclosure.missing, tried=False)
    folder.mkdir()
    progress(f"{name}: {scenario.what}")
    findings, why = None, ""
    with Processes(base_environment()) as processes:
        trial = Run(surroundings, processes, folder, f"t-{name.replace('#', '-')}", scenario.session_s)
        try:
            if scenario.produced:
                trial.create_topic()
                trial.consumers.start("first", "second")
                trial.load.start(PARTITIONS)
                trial.works()
            scenario.act(trial)
            trial.load.stop()
            trial.has_no_lag()
            trial.consumers.stop()
            findings = check(trial.told())
        except (LocalError, KafkaException) as error:
            why = str(error)
        trial.told().write(folder / "history.jsonl")
        left_out, warnings = trial.consumers.left_out(), tuple(trial.consumers.warnings())
    trial.over = True
    trial.heal()
    trial.delete_topic()
    took_s = time.monotonic() - began
    return Result(name, scenario.what, took_s, load_average(), findings, why, left_out=left_out, warnings=warnings)


def main() -> None:
    """Run: exit status 0 where every promise was kept, 1 where one was not, 2 where it could not be run."""
    try:
        KafkaTestSettings.from_environment()
        kafka_classpath(to_stderr)  # both are fetched outside: inside there is no network
        install(to_stderr)
    except (LocalError, SettingsError) as error:
        stop_for(error)
    missing = enter("tests.kafka", sys.argv[1:])
    end_by(lambda console: run(console, missing), str(OUTPUT))


if __name__ == "__main__":
    main()
