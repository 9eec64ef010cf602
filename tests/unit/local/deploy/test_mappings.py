"""The consumer that stands in for a deployed mapping."""

from consumer.configuration.which import MappingOptions
from local.deploy.mappings import NESTED, TopicMapping
from tests.support.template import MAPPING, TEMPLATE

GIVEN = {"Topic": "mt-c400", "ConsumerGroup": "comboio-dispatcher"}


def test_the_consumer_reads_the_deployed_mapping_and_is_told_what_the_emulator_forgets() -> None:
    """It names the stack and the mapping, and its topic and group as the template makes them."""
    mapping = TopicMapping.from_parameters("HeavyMapping", GIVEN)
    options = mapping.options("a-stack")
    asked = MappingOptions.from_environment(options)
    assert (asked.stack, asked.mapping) == ("a-stack", "HeavyMapping")
    assert options["CONSUMER_TOPICS"] == mapping.topic == "mt-c400"
    assert options["CONSUMER_GROUP_ID"] == mapping.group == "comboio-dispatcher-mt-c400"


def test_it_reads_what_the_templates_have() -> None:
    """The parameters are those of mapping.yaml, which names the group so; template.yaml nests it for each topic."""
    (properties,) = MAPPING.of_type("AWS::Lambda::EventSourceMapping").values()
    assert GIVEN.keys() <= MAPPING.parameters.keys()
    configuration = properties["AmazonManagedKafkaEventSourceConfig"]["If"][1]
    assert configuration["ConsumerGroupId"] == {"Sub": "${ConsumerGroup}-${Topic}"}
    assert {each["TemplateURL"] for each in TEMPLATE.of_type(NESTED).values()} == {"mapping.yaml"}
