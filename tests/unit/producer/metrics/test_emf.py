"""EMF: metrics that the documents name and have, with counts since the document before."""

from producer.metrics.emf import Emf
from producer.options.instance import Instance
from tests.support.producer_figures import some_figures


def test_documents_have_every_metric_they_name() -> None:
    """Names, dimensions and values agree; a whole and one for each topic."""
    whole, topic = Emf(Instance(1, 2)).documents(some_figures(), 1_795_359_600_123)
    for document in (whole, topic):
        (directive,) = document["_aws"]["CloudWatchMetrics"]
        assert all(isinstance(document[metric["Name"]], int | float) for metric in directive["Metrics"])
        assert all(isinstance(document[name], str) for names in directive["Dimensions"] for name in names)
    assert (whole["Instance"], whole["QueueDepth"], whole["MessageRate"]) == ("1", 19, 50)
    assert (topic["Topic"], topic["PartitionSkew"]) == ("mt-c400", 1)


def test_counts_are_since_the_document_before() -> None:
    """Summed up in CloudWatch they give the total, once."""
    emf = Emf(Instance())
    assert emf.documents(some_figures(), 0)[0]["Errors"] == 1
    again = emf.documents(some_figures(), 0)[0]
    assert (again["Errors"], again["ErrorRate"]) == (0, 0)
