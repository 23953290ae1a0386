"""Assertions with clear messages, and the one way to wait for something."""

import asyncio
import threading
import time


class CheckFailed(Exception):
    """An assertion of a test did not hold."""


class Skipped(Exception):
    """The test cannot run here; its text says why."""


def check(condition, message):
    """Fails with the message unless the condition holds. Say what should be true and what is."""
    if not condition:
        raise CheckFailed(message)


def equal(actual, expected, what="value"):
    if actual != expected:
        raise CheckFailed(f"{what}: expected {_shown(expected)}, got {_shown(actual)}")


def skip(reason):
    """Ends the script as skipped."""
    raise Skipped(reason)


def wait_until(condition, what, deadline_s=10.0, poll_s=0.01):
    """Calls condition() until it returns something true, and returns that. Fails after deadline_s.
    A failed check inside it means "not yet"; the last one is quoted if it never holds."""
    end = time.monotonic() + deadline_s
    while True:
        last = ""
        try:
            result = condition()
            if result:
                return result
        except CheckFailed as error:
            last = f" (last: {error})"
        if time.monotonic() >= end:
            raise CheckFailed(f"not within {deadline_s:g} s: {what}{last}")
        time.sleep(poll_s)


def pause(seconds, reason):
    """A delay that is part of the stimulus, such as a slow client. Never for synchronisation:
    for that there is wait_until."""
    check(reason, "pause: say why the delay is part of the test")
    threading.Event().wait(seconds)


async def async_pause(seconds, reason):
    """The same in a coroutine."""
    check(reason, "async_pause: say why the delay is part of the test")
    await asyncio.sleep(seconds)


def _shown(value, limit=300):
    text = repr(value)
    return text if len(text) <= limit else f"{text[:limit]}... ({len(text)} characters)"
