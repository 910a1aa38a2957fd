"""Clients whose session goes on while the logic is exchanged, and while the host restarts.

drive.py MAINSTAY GUESTS INSTALLED [WORD...]: every client over every transport through every event. A run whose label lacks
one of the words is left out. GUESTS are the components of tests/guests, INSTALLED is where the clients are.

A client is a program that is told where the host is. It calls, begins a call that only the next version answers and one that
asks a question, and says so; then the event happens; then it calls again, hears of the new tool, and calls that. It
prints what it has seen, and waits for a line before it answers the question, and before it closes. So nothing here takes
its time: everything waits for what it is about.
"""

import json
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from checks import Report, equal
from client import Client
from host import EVENTS, TRANSPORTS, Host, unchanging

HERE = Path(__file__).resolve().parent
PROGRAM, GUESTS, INSTALLED = (Path(argument).resolve() for argument in sys.argv[1:4])
WORDS = sys.argv[4:]
PYTHON = INSTALLED / "venv/bin/python"

# As many runs at a time: most of each is waiting for processes to start.
AT_ONCE = 3

LEGACY, MODERN = "2025-11-25", "2026-07-28"
OF_THE_HOST = 6
BEFORE = ["version", "wait_for_next", "ask"]
AFTER = [*BEFORE, "greet"]


@dataclass
class Kind:
    """A client, and the version of the protocol that it speaks."""

    name: str
    protocol: str
    command: list
    # It has more than one call under way at a time, so one may ask a question while another waits.
    asks: bool = True
    # It listens again when the process that told it of changes is replaced.
    listens_again: bool = True


KINDS = [
    Kind("python", LEGACY, [PYTHON, HERE / "python_sdk.py", "legacy"]),
    Kind("python", MODERN, [PYTHON, HERE / "python_sdk.py", "auto"]),
    Kind("fastmcp", LEGACY, [PYTHON, HERE / "fastmcp_client.py", "legacy"]),
    Kind("fastmcp", MODERN, [PYTHON, HERE / "fastmcp_client.py", "auto"]),
    Kind("typescript 1", LEGACY, ["node", INSTALLED / "sessions/typescript_sdk.mjs", "legacy"]),
    Kind("typescript 2", LEGACY, ["node", INSTALLED / "sessions/typescript_sdk_2.mjs", "legacy"]),
    Kind("typescript 2", MODERN, ["node", INSTALLED / "sessions/typescript_sdk_2.mjs", "auto"]),
    Kind("inspector", LEGACY, [PYTHON, HERE / "inspector.py", "legacy"], asks=False, listens_again=False),
    Kind("inspector", MODERN, [PYTHON, HERE / "inspector.py", "auto"], asks=False, listens_again=False),
]
# It asks one thing and ends.
ONCE = Kind("inspector once", LEGACY, [PYTHON, HERE / "inspector.py", "once"])


def through(kind, host, client, event, seen):
    """One session, from the beginning to the end."""
    client.until("version")
    if kind.asks:
        client.until("asked")
    count = 2 if kind.asks else 1
    host.until_calls_wait(count, client)
    seen.append(host.look())
    host.happens(event, count, client, kind.listens_again)
    client.until("waited")
    if kind.asks:
        client.go_on()
    client.until("greeted")
    seen.append(host.look())
    client.go_on()
    client.until("closed")
    client.ended()


def through_once(host, client, event):
    """A session that is one call."""
    client.until("listed")
    host.until_calls_wait(1, client)
    host.happens(event, 1, client, listens_again=False)
    client.until("closed")
    client.ended()


def check(kind, host, event, said, seen, report):
    """What is promised to a client, in the order in which it happened."""
    report.check("connects, and is answered", lambda: connects(kind, said))
    report.check("a call in flight is answered by the next version", lambda: answered(said["waited"]))
    if kind.asks:
        report.check("a question that was asked before is answered after", lambda: heard(said))
    if event == "swap":
        report.check("none is told to come again", lambda: equal([step for step in said if step.startswith("again")], []))
    report.check("the next call meets the next version", lambda: goes_on_counting(said["next version"]))
    report.check("finds the new tool behind the others, and calls it", lambda: finds(said))
    report.check("in the same session of the same process", lambda: goes_on(kind, host, seen))


def check_once(said, report):
    report.check("connects, and is answered", lambda: equal(said["listed"]["tools"][OF_THE_HOST:], BEFORE))
    report.check("a call in flight is answered by the next version", lambda: answered(said["waited"]))


def connects(kind, said):
    equal(said["connected"]["protocol"], kind.protocol)
    equal(said["listed"]["tools"][OF_THE_HOST:], BEFORE)
    equal(said["version"], {"version": 1, "asked": 1})


def goes_on_counting(answer):
    """What a plugin has in memory is handed from version to version, and from process to process."""
    equal(answer, {"version": 2, "asked": 2})


def answered(answer):
    equal((answer["asked"], answer["answered"]), (1, 2))


def heard(said):
    equal(said["asked"], {"message": "Which word?"})
    equal(said["answered"], {"word": "ahoy", "asked": 1, "answered": 2})


def finds(said):
    equal(said["heard"]["tools"][OF_THE_HOST:], AFTER)
    equal(said["greeted"], {"done": True})


def goes_on(kind, host, seen):
    before, after = seen
    equal(unchanging(before), unchanging(after))
    equal({session.protocol for session in after.sessions}, {kind.protocol})
    if host.wire:
        host.wire.is_one_session(kind.protocol)


def run(kind, transport, event, report):
    with tempfile.TemporaryDirectory(prefix="mainstay-") as folder:
        folder = Path(folder).resolve()
        host = client = None
        try:
            host = Host(PROGRAM, GUESTS, folder, transport)
            program, script, mode = kind.command
            client = Client([program, script, json.dumps(host.target()), mode, INSTALLED], folder)
            if kind is ONCE:
                report.check("goes on to its end", lambda: through_once(host, client, event))
                check_once(client.said, report)
            else:
                seen = []
                report.check("goes on to its end", lambda: through(kind, host, client, event, seen))
                check(kind, host, event, client.said, seen, report)
            report.check("the host ends by itself, without complaint", host.ends)
        finally:
            if client:
                client.abandon()
            if host:
                host.abandon()


def one(kind, transport, event):
    label = f"{kind.name} {kind.protocol}, {transport}, {event}"
    if not all(word in label for word in WORDS):
        return
    report = Report(label)
    try:
        run(kind, transport, event, report)
    except Exception:
        report.failed("could not be run")
    report.show()


with ThreadPoolExecutor(AT_ONCE) as runs:
    for kind in [*KINDS, ONCE]:
        for transport in TRANSPORTS:
            for event in EVENTS:
                runs.submit(one, kind, transport, event)
