"""`make test-kafka`: three brokers of Apache Kafka are troubled, one scenario after the other, under load."""

import sys
import time
from pathlib import Path

from confluent_kafka import KafkaException
from rich.console import Console

from comboio.settings import SettingsError
from local.demo.processes import Processes, base_environment
from local.errors import LocalError, stop_for
from local.kafka.apache import kafka_classpath, kafka_version
from local.kafka.three_brokers import ThreeBrokers, three_brokers
from local.progress import Progress, silence
from local.tool import ROOT
from local.verdict import empty, end_by
from tests.kafka.check import check
from tests.kafka.enclosure import Enclosure, enter
from tests.kafka.report import Report, Result
from tests.kafka.run import PARTITIONS, Run, load_average
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
        console.print(line, highlight=False, soft_wrap=True)

    progress = say if console.is_terminal else silence
    names = [f"{name}#{each}" if each else name for each in range(settings.rounds) for name in settings.scenarios]
    enclosure = Enclosure(missing)
    with three_brokers(enclosure.hosts, progress) as cluster:
        for name in names:
            report.results.append(_result(name, cluster, enclosure, histories / name, settings.rate, progress))
            report.write(OUTPUT)
            progress(f"{name}: {'sound' if report.results[-1].sound else 'BROKEN'}")
    return report


def _result(
    name: str, cluster: ThreeBrokers, enclosure: Enclosure, folder: Path, rate: int, progress: Progress
) -> Result:
    scenario, began = SCENARIOS[name.partition("#")[0]], time.monotonic()
    if scenario.enclosed and enclosure.missing:
        return Result(name, scenario.what, 0, load_average(), None, enclosure.missing, tried=False)
    folder.mkdir()
    progress(f"{name}: {scenario.what}")
    findings, why = None, ""
    with Processes(base_environment()) as processes:
        trial = Run(cluster, enclosure, processes, folder, f"t-{name.replace('#', '-')}", rate, scenario.session_s)
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
        warnings = tuple(trial.consumers.warnings())
    trial.over = True
    trial.heal()
    trial.delete_topic()
    return Result(name, scenario.what, time.monotonic() - began, load_average(), findings, why, warnings=warnings)


def main() -> None:
    """Run: exit status 0 where every promise was kept, 1 where one was not, 2 where it could not be run."""
    try:
        KafkaTestSettings.from_environment()
        kafka_classpath()  # to be fetched outside: inside there is no network
    except (LocalError, SettingsError) as error:
        stop_for(error)
    missing = enter("tests.kafka", sys.argv[1:])
    end_by(lambda console: run(console, missing), str(OUTPUT))


if __name__ == "__main__":
    main()
