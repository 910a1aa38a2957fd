"""Whole runs of coding agents whose session goes on while the logic is exchanged, and while the host restarts.

drive.py MAINSTAY GUESTS INSTALLED [WORD...]: every agent over every transport through every event. A run whose label lacks
one of the words is left out. GUESTS are the components of tests/guests, INSTALLED is where the agents are.

An agent is given a task and a model that has it call one tool of the host after the other; one of the calls is answered only by
the next version. What the model was told is what is looked at in the end.
"""

import json
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "sessions"))

from agents import AGENTS  # noqa: E402
from checks import Report, equal  # noqa: E402
from host import EVENTS, TRANSPORTS, Host, unchanging  # noqa: E402
from model import Model  # noqa: E402

PROGRAM, GUESTS, INSTALLED = (Path(argument).resolve() for argument in sys.argv[1:4])
WORDS = sys.argv[4:]

# For one agent's run, in seconds: enough for a machine that is busy with something else.
PATIENCE = 180
AT_ONCE = 2

STEPS = ("version", "wait_for_next", "version", "greet")
# What a plugin has in memory is handed from version to version, and from process to process.
EXPECTED = {"version": 1, "asked": 1}, {"asked": 1, "answered": 2}, {"version": 2, "asked": 2}, {"done": True}

# The host is looked at before the model goes on from here: when the agent has ended, so has the host that it started.
LOOKED = 2
# How often a model tries again what its agent refused.
TRIES = 10


def answers(results):
    """What the tools answered. Agents put words of their own around that, and say by themselves what they refuse."""
    return [json.loads(text[text.find("{") : text.rfind("}") + 1]) for text in results if "{" in text]


class Run:
    """One agent, one host, one task."""

    def __init__(self, kind, folder, transport):
        self.host = Host(PROGRAM, GUESTS, folder, transport)
        self.model = Model(self._next)
        self.agent = kind(INSTALLED, folder, self.model)
        self.results = []
        self.seen = []
        self._output = folder / "output"
        self._process = None
        self._looked = threading.Event()

    def _next(self, turn):
        """What the model calls: the next step, unless that is not offered, or the task is another one."""
        if len(turn.results) > len(self.results):
            self.results = turn.results
        step = len(answers(turn.results))
        if step == LOOKED:
            self._looked.wait(PATIENCE)
        if step == len(STEPS) or len(turn.results) >= len(STEPS) + TRIES:
            return None
        return self.agent.find(turn, STEPS[step])

    def through(self, event):
        self.agent.introduce(self.host)
        with self._output.open("w") as output:
            self._process = subprocess.Popen(self.agent.run(), env=self.agent.environment, cwd=self._output.parent,
                                             stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
        self.host.until_calls_wait(1, self._process)
        self._look()
        self.host.happens(event, 1, self._process, self.agent.listens_again)
        self._look()
        self._looked.set()
        self._process.wait(PATIENCE)
        output = self._output.read_text()
        assert self._process.returncode == 0, f"exit code {self._process.returncode}: {output[-4000:]}"

    def _look(self):
        self.seen.append(self.host.look())

    def abandon(self):
        if self._process and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self.model.close()
        self.host.abandon()


def check(run, event, report):
    """What is promised to an agent, in the order in which it happened."""

    def told(step):
        equal(answers(run.results)[step : step + 1], [EXPECTED[step]])

    report.check("is answered", lambda: told(0))
    report.check("a call in flight is answered by the next version", lambda: told(1))
    report.check("the next call meets the next version", lambda: told(2))
    heard = run.agent.listens_again or event == "swap" or not run.host.wire
    if run.agent.hears and heard:
        report.check("the new tool is called in the same run", lambda: told(3))
    report.check("in the same session of the same process", lambda: goes_on(run))


def goes_on(run):
    before, after = run.seen
    equal(unchanging(before), unchanging(after))
    (protocol,) = {session.protocol for session in after.sessions}
    assert protocol in run.agent.protocols, f"{protocol} is none of {run.agent.protocols}"
    if run.host.wire:
        run.host.wire.is_one_session(protocol)


def one(kind, transport, event):
    label = f"{kind.name}, {transport}, {event}"
    if not all(word in label for word in WORDS):
        return
    report = Report(label)
    run = None
    with tempfile.TemporaryDirectory(prefix="mainstay-", ignore_cleanup_errors=True) as folder:
        try:
            run = Run(kind, Path(folder).resolve(), transport)
            report.check("goes on to its end", lambda: run.through(event))
            check(run, event, report)
            report.check("the host ends, without complaint", lambda: run.host.ends(by_itself=transport == "http"))
        except Exception:
            report.failed("could not be run")
        finally:
            if run:
                run.abandon()
    report.show()


with ThreadPoolExecutor(AT_ONCE) as runs:
    for kind in AGENTS:
        for transport in TRANSPORTS:
            for event in EVENTS:
                runs.submit(one, kind, transport, event)
