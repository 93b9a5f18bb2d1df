"""The metrics of a service, in Prometheus's format."""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Seconds. A question takes 10 to 500 ms."""


class Metrics:
    """The counts of one service."""

    def __init__(self) -> None:
        # The times at which counters began would double what is sent.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        self.requests = Counter(
            "qa_http_requests",
            "Requests",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self.seconds = Histogram(
            "qa_http_request_seconds",
            "Time to a response",
            ("route",),
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self.in_progress = self._gauge("qa_http_requests_in_progress", "Requests not yet answered")
        self.answers = Counter(
            "qa_answers", "Answers by status", ("status",), registry=self._registry
        )
        self.pending = self._gauge("qa_work_pending", "Calls that run or wait for a thread")
        self.generation = self._gauge("qa_index_generation", "Generation of the index")
        self.documents = self._gauge("qa_index_documents", "Documents in the index")
        self.passages = self._gauge("qa_index_passages", "Passages in the index")
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)

    def text(self) -> bytes:
        """In the text format that Prometheus reads."""
        return generate_latest(self._registry)

    def _gauge(self, name: str, told: str) -> Gauge:
        return Gauge(name, told, registry=self._registry)
