"""The same with Celery, on RabbitMQ: enqueue and work off tasks that do nothing.

    pip install celery==5.7.0
    python tasks.py 5000
"""
import subprocess
import sys
import time

from celery import Celery

BROKER = "pyamqp://guest@localhost//"
app = Celery("tasks", broker=BROKER)
app.conf.update(
    task_default_queue="fourfold_bench_celery",
    task_ignore_result=True,
    broker_transport_options={"confirm_publish": True},
    worker_prefetch_multiplier=128,
    task_acks_late=True,
)


@app.task(name="bench.nothing")
def nothing(number):
    return None


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    app.control.purge()
    for confirms, label in ((True, "confirmed"), (False, "unconfirmed")):
        sender = Celery("sender", broker=BROKER)
        sender.conf.broker_transport_options = {"confirm_publish": confirms}
        began = time.monotonic()
        for number in range(count):
            sender.send_task("bench.nothing", (number,), queue="fourfold_bench_celery", ignore_result=True)
        print(f"celery, {label}: {count / (time.monotonic() - began):.0f} enqueued /s")
    worker = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "tasks", "worker", "-c", "2", "--loglevel", "error", "-Q",
         "fourfold_bench_celery", "--without-gossip", "--without-mingle", "--without-heartbeat"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    try:
        with app.connection_for_read() as connection:
            channel = connection.default_channel

            def waiting():
                return channel.queue_declare("fourfold_bench_celery", passive=True).message_count

            while waiting() == 2 * count:
                time.sleep(0.01)
            began = time.monotonic()
            while waiting() > 0:
                time.sleep(0.01)
            print(f"celery, 2 processes: {2 * count / (time.monotonic() - began):.0f} worked off /s")
            channel.queue_delete("fourfold_bench_celery")
    finally:
        worker.terminate()
        worker.wait()


if __name__ == "__main__":
    main()
