"""The exception with which a driver says exactly what went wrong."""

from __future__ import annotations


class DriverExecutionError(Exception):
    """A failure with the status that the caller is to see.

    `code` is a gRPC status: its name (`"UNAVAILABLE"`), its number, or a `grpc.StatusCode`. `message`
    goes to the caller: say what is wrong, and no secrets. `retry_after` (seconds) tells when another
    attempt makes sense, `provider_code` is the provider's own code, for the operator.

    `submission` is what decides whether the job may be sent again: `"not_submitted"`, `"submitted"`
    (then give its `ticket`) or `"unknown"`. Say it whenever you have talked to a provider.
    """

    def __init__(
        self,
        code: object,
        message: str = "",
        *,
        retry_after: float | None = None,
        submission: str | None = None,
        ticket: str | None = None,
        provider_code: str | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry_after = retry_after
        self.submission = submission
        self.ticket = ticket
        self.provider_code = provider_code
