"""Python's half of a fleet: workers and producers as anybody has them.

FLEET_BROKER and FLEET_BACKEND say where; FLEET_LOG is the file where what has run is noted, a line a run.
"""
import os
import time
import uuid
from datetime import datetime, timedelta, timezone
from decimal import Decimal

from celery import Celery, chain, chord, group
from celery.exceptions import NotRegistered, TaskRevokedError

app = Celery("fleet", broker=os.environ["FLEET_BROKER"], backend=os.environ["FLEET_BACKEND"])
app.conf.update(
    task_routes={"rust.*": {"queue": "rust"}, "tally.*": {"queue": "rust"}},
    task_track_started=os.environ.get("FLEET_TRACK") == "on",
    broker_connection_retry_on_startup=True,
)


def note(line):
    with open(os.environ["FLEET_LOG"], "a") as log:
        log.write(line + "\n")


@app.task(name="py.add")
def add(x, y):
    return x + y


@app.task(name="py.count")
def count(number):
    note(f"count {number}")
    return number * 2


@app.task(name="py.fail")
def fail(reason):
    raise ValueError(reason)


@app.task(name="py.flaky", bind=True)
def flaky(self, times):
    if self.request.retries < times:
        raise self.retry(countdown=0.1, exc=ValueError("not yet"))
    return self.request.retries + 1


@app.task(name="py.sleep")
def sleep(seconds):
    time.sleep(seconds)


@app.task(name="py.note")
def note_it(*args):
    note(" ".join(str(arg) for arg in args))


def raised(function):
    try:
        return function()
    except Exception as error:
        return error


def produce(number_of_tasks):
    """Calls the workers in Rust; says how much was wrong."""
    wrong = 0

    def check(what, holds, seen=None):
        nonlocal wrong
        print(f"{'ok  ' if holds else 'FAIL'} python to rust: {what}", flush=True)
        if not holds:
            print(f"     {seen!r}", flush=True)
            wrong += 1

    def send(name, *args, **options):
        return app.send_task(name, args, **options)

    def get(name, *args, **options):
        return raised(lambda: send(name, *args, **options).get(timeout=60))

    began = time.monotonic()
    sent = [
        send("rust.count", number) if number % 2 else app.send_task("rust.count", kwargs={"number": number})
        for number in range(number_of_tasks)
    ]
    results = [raised(lambda one=one: one.get(timeout=120)) for one in sent]
    answered = sum(result == number * 2 for number, result in enumerate(results))
    print(f"     python to rust: {number_of_tasks} sent, {answered} answered, {number_of_tasks - answered} lost, "
          f"in {time.monotonic() - began:.1f} s", flush=True)
    check("every task is answered", answered == number_of_tasks,
          [result for number, result in enumerate(results) if result != number * 2][:3])

    error = get("rust.fail", "no")
    check("a failure is an exception", type(error) is RuntimeError and "failed_precondition: no" in str(error), error)
    error = get("rust.fail", "x" * 50)
    check("what breaks a rule is a ValueError", type(error) is ValueError and "/reason" in str(error), error)
    error = get("rust.add", 1, 2, 3)
    check("too many arguments are a TypeError", type(error) is TypeError, error)
    error = get("rust.nothing")
    check("a task that is not known is NotRegistered", type(error) is NotRegistered, error)
    error = get("rust.sleep", 5000, time_limit=2, soft_time_limit=1)
    check("it may take so long", type(error) is TimeoutError, error)

    flaky = send("rust.flaky", 2)
    check("it is tried again", raised(lambda: flaky.get(timeout=60)) == 3, flaky.state)

    began = time.monotonic()
    result = get("rust.add", 1, 2, countdown=2)
    check("it waits for its moment", result == 3 and time.monotonic() - began >= 2, result)
    error = get("rust.add", 1, 2, expires=datetime.now(timezone.utc) - timedelta(seconds=1))
    check("it is not begun after its time", type(error) is TaskRevokedError, error)
    error = get("rust.add", 1, 2, countdown=2, expires=1)
    check("nor where it waits for its moment", type(error) is TaskRevokedError, error)
    check("an id that is no UUID", get("rust.add", 3, 4, task_id=f"order-{time.time_ns()}") == 7)

    def signature(name, *args):
        return app.signature(name, args=args)

    result = raised(lambda: chain(add.s(1, 2), signature("rust.add", 10), add.s(100)).apply_async().get(timeout=60))
    check("a chain through both", result == 113, result)
    result = raised(lambda: chain(signature("rust.add", 1, 2), signature("rust.add", 3), signature("rust.add", 4))
                    .apply_async().get(timeout=60))
    check("a chain in Rust alone", result == 10, result)
    error = raised(lambda: chain(add.s(1, 2), signature("rust.add"), add.s(100)).apply_async().get(timeout=60))
    check("a chain that breaks", type(error) in (TypeError, ValueError), error)
    result = raised(lambda: group(signature("rust.add", one, one) for one in range(5)).apply_async().get(timeout=60))
    check("a group", result == [0, 2, 4, 6, 8], result)
    error = raised(lambda: app.send_task("rust.add", (1, 2), chord=add.s(1)).get(timeout=60))
    check("a part of a chord is refused", type(error) is NotImplementedError and "chord" in str(error), error)

    name = uuid.uuid4().hex
    send("rust.add", 1, 2, link=note_it.s(name, "after"), ignore_result=True)
    send("rust.fail", "no", link_error=note_it.s(name, "failed"), task_id=f"task-{name}", ignore_result=True)
    until = time.monotonic() + 60
    lines = []
    while time.monotonic() < until and len(lines) < 2:
        time.sleep(0.1)
        with open(os.environ["FLEET_LOG"]) as log:
            lines = sorted(line.strip() for line in log if name in line and not line.startswith("count"))
    check("callbacks and errbacks", lines == sorted([f"3 {name} after", f"task-{name} {name} failed"]), lines)

    row = {"id": name, "effects": 1, "price": Decimal("4.50"), "at": datetime(2026, 11, 25, 12, 0, 0)}
    result = raised(lambda: app.send_task("tally.create", kwargs={"data": row}).get(timeout=60))
    made = isinstance(result, dict) and (result["id"], result["price"], result["at"][:19])
    check("an operation of a resource", made == (name, "4.50", "2026-11-25T12:00:00"), result)
    error = get("tally.update", name, {"effects": -1})
    check("and its rules", type(error) is ValueError and "/data/effects" in str(error), error)
    error = get("tally.delete", "nothing")
    check("and what is not there", type(error) is LookupError, error)
    return wrong


if __name__ == "__main__":
    import sys

    sys.exit(1 if produce(int(sys.argv[1])) else 0)
