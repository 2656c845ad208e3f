"""The other side of cloudevents.sh: reads and writes CloudEvents on RabbitMQ with other people's libraries."""

import sys

import pika
from cloudevents.core.bindings.amqp import (
    AMQPMessage,
    from_amqp_event,
    to_binary_event,
    to_structured_event,
)
from cloudevents_known import compare, events, expected

URL, EXCHANGE, STEP = sys.argv[1:]
QUEUE = f"{EXCHANGE}-python"


def bind(channel):
    """A queue of our own gets what it has a pattern for."""
    channel.exchange_declare(EXCHANGE, exchange_type="topic", durable=True)
    channel.queue_declare(QUEUE, durable=True)
    channel.queue_bind(QUEUE, EXCHANGE, routing_key="judge.*")


def read(channel):
    found = {}
    for method, properties, body in channel.consume(QUEUE, auto_ack=True, inactivity_timeout=5):
        assert method is not None, f"{len(found)} of {len(expected())} have come"
        assert method.routing_key == "judge.made", method.routing_key
        stated = {"content-type": properties.content_type} if properties.content_type else {}
        headers = {key: value for key, value in properties.headers.items() if key.startswith("cloudEvents:")}
        event = from_amqp_event(AMQPMessage(stated, headers, body))
        found[event.get_id()] = event
        if len(found) == len(expected()):
            break
    channel.cancel()
    compare(found)


def write(channel):
    channel.confirm_delivery()
    count = 0
    for form, convert in [("binary", to_binary_event), ("structured", to_structured_event)]:
        for event in events(form):
            message = convert(event)
            properties = pika.BasicProperties(
                headers=message.application_properties,
                content_type=message.properties.get("content-type"),
                delivery_mode=2,
            )
            channel.basic_publish(EXCHANGE, "judge.made", message.application_data, properties, mandatory=True)
            count += 1
    channel.basic_publish(EXCHANGE, "judge.made", b"no event", mandatory=True)
    print(f"{count} events written for the bus, and something that is none")


def clean(channel):
    for queue in [QUEUE, f"{EXCHANGE}.log"]:
        channel.queue_delete(queue)
    channel.exchange_delete(EXCHANGE)


def main():
    connection = pika.BlockingConnection(pika.URLParameters(URL))
    steps = {"there": lambda _: None, "bind": bind, "read": read, "write": write, "clean": clean}
    steps[STEP](connection.channel())
    connection.close()


main()
