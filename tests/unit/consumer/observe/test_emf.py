"""The consumer's metrics for CloudWatch."""

from typing import Any

from consumer.observe.distribution import Distribution
from consumer.observe.emf import UNITS, EmfLines
from tests.support.consumer import statistics_line


class _Sent:
    """Documents of lines."""

    def __init__(self) -> None:
        self.documents: list[Any] = []
        self.batch_records, self.invoke_s = Distribution((1,)), Distribution((1,))
        self.lines = EmfLines("g", self.batch_records, self.invoke_s, lambda: 7, self.documents.append)

    def write(self, **changed: object) -> list[Any]:
        """Return the documents of one line."""
        self.documents.clear()
        self.lines.write(statistics_line(**changed))
        return list(self.documents)


def test_documents_have_every_metric_they_name() -> None:
    """Names, dimensions and values agree: one document of the group, one of each topic; every unit is used."""
    sent = _Sent()
    sent.batch_records.add(10)
    sent.invoke_s.add(0.25)
    documents = sent.write(lag={"t-0": 1}, lag_s={"t-0": 2.5})
    named = set()
    for document in documents:
        (directive,) = document["_aws"]["CloudWatchMetrics"]
        assert all(isinstance(document[name], str) for names in directive["Dimensions"] for name in names)
        for metric in directive["Metrics"]:
            assert isinstance(document[metric["Name"]], int | float | list)
            named.add(metric["Name"])
    assert named == UNITS.keys()
    assert [(each["Group"], each.get("Topic")) for each in documents] == [("g", None), ("g", "t")]
    assert (documents[0]["BatchSize"], documents[0]["InvokeTime"]) == ([10], [250])


def test_counts_since_the_start_become_counts_since_the_line_before() -> None:
    """Summed up in CloudWatch they give the total, once."""
    sent = _Sent()
    pauses = [sent.write(pauses_total=total)[0]["Pauses"] for total in (3, 3, 5)]
    assert pauses == [3, 0, 2]


def test_a_second_without_invocations_has_no_times() -> None:
    """An array without values is no metric."""
    assert "InvokeTime" not in _Sent().write()[0]


def test_a_topic_has_a_value_for_each_partition_that_is_known() -> None:
    """The furthest behind first, and which partition it is; the maximum is the worst partition's."""
    lag = {"a-b-0": 1, "a-b-1": 9, "a-b-2": None, "c-0": None}
    documents = _Sent().write(lag=lag, lag_s=dict.fromkeys(lag))
    (topic,) = documents[1:]
    assert (topic["Topic"], topic["Lag"], topic["LagByPartition"]) == ("a-b", [9, 1], {"1": 9, "0": 1})
    assert "LagAge" not in topic


def test_a_topic_of_very_many_partitions_tells_of_the_worst() -> None:
    """CloudWatch takes 100 values, and a datagram has an end."""
    lag = {f"t-{number}": number for number in range(300)}
    (topic,) = _Sent().write(lag=lag, lag_s=dict.fromkeys(lag, 0.0))[1:]
    assert topic["Lag"] == list(range(299, 199, -1))
    assert len(topic["LagByPartition"]) == len(topic["LagAge"]) == 100
