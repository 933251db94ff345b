"""The bell of the workers: which queue a topic rings, and how a queue is made.

Only ids travel through it. What is to be done, by whom and whether it was done stands in PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Mapping

from redis import Redis
from redis.backoff import ExponentialBackoff
from redis.retry import Retry as RedisRetry
from rq import Queue, Retry

from app.models.outbox import Topic

QUICK = "quick"
LONG = "long"

# Long work has workers of its own, so that a declined seat never waits for a season's match.
QUEUE_OF: Mapping[Topic, str] = {
    Topic.DELIVER_MESSAGE: QUICK,
    Topic.RUN_MATCH: LONG,
    Topic.PUBLISH_ROTA: LONG,
    Topic.REFILL_SEAT: QUICK,
    Topic.IMPORT_CONTACTS: LONG,
    Topic.EXPIRE_HOLDS: QUICK,
    Topic.LAPSE_OFFERS: QUICK,
    Topic.WATCH_ATTENDANCE: QUICK,
    Topic.CLOSE_ATTEMPTS: QUICK,
    Topic.REFRESH_COVER: LONG,
    Topic.PROVE_BADGE: QUICK,
    Topic.REMIND_OF_EXPIRY: QUICK,
    Topic.COMPUTE_FIGURES: LONG,
    Topic.WATCH_EXAMS: LONG,
}

JOB_TIMEOUT_SECONDS = 1800
RESULT_SECONDS = 60
FAILURE_SECONDS = 3600


def connect(redis_url: str, *, blocking: bool = False) -> Redis:
    """Return a client. `blocking` is for workers, which wait for minutes; others give up quickly."""
    if blocking:
        return Redis.from_url(redis_url, socket_timeout=None)
    return Redis.from_url(
        redis_url, socket_timeout=1, retry=RedisRetry(ExponentialBackoff(cap=0.2, base=0.02), 2)
    )


def make_queue(name: str, connection: Redis) -> Queue:
    """Return a queue that speaks JSON, so that write access to the server is not code execution."""
    return Queue(name, connection=connection, serializer="json")


def ring(queue: Queue, message_id: str, *, dispatch: int) -> None:
    """Hand a message's id to the workers. Each dispatch has its own job id: a lost one blocks nothing."""
    queue.enqueue_call(
        "app.jobs.runner.handle",
        kwargs={"message_id": message_id},
        job_id=f"{message_id}-{dispatch}",
        timeout=JOB_TIMEOUT_SECONDS,
        result_ttl=RESULT_SECONDS,
        failure_ttl=FAILURE_SECONDS,
        retry=Retry(max=3),
    )
