"""A host that serves the guest `patient`, and what happens to it while a client is connected."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections import namedtuple
from pathlib import Path

from wire import STATELESS, Wire

HERE = Path(__file__).resolve().parent
TRANSPORTS = ("stdio", "http")
EVENTS = ("swap", "restart")

# For one thing, in seconds: enough for a machine that is busy with something else.
PATIENCE = 60
# The exit code of a host that can be asked, and has something to say.
NOT_HEALTHY = 9
# Of a call that waits until a swap comes, which looks ten times a second.
ROUNDS = "wait.rounds=100000"


Session = namedtuple("Session", "client protocol transport session_id")
Look = namedtuple("Look", "process launches sessions")


class NoHost(Exception):
    """Nothing serves this data directory."""


class Host:
    """One data directory. Over stdio the client starts the host, over HTTP it is started here."""

    def __init__(self, program, guests, folder, transport):
        self._guests, self._given = guests, program
        self._binary = folder / "mainstay"
        self._install()
        self._program = [str(self._binary), "--data-dir", str(folder / "data")]
        plugin = ["--plugin", f"patient={guests / 'patient.wasm'}", "--set", ROUNDS, "--log", "error"]
        # A folder for each start.
        self._launches = folder / "launches"
        self._launches.mkdir()
        self.command = [str(HERE / "launch"), str(self._launches), *self._program, *plugin, "serve"]
        self.url = None
        self.wire = None
        self._process = None
        # The processes that served, by their launch. A client may start others only to ask who is there.
        self._served = {}
        if transport == "http":
            self._serve_http()

    def _install(self):
        """Puts the program where the host is started from: another file each time, as an upgrade is."""
        self._binary.unlink(missing_ok=True)
        try:
            os.link(self._given, self._binary)
        except OSError:
            shutil.copy(self._given, self._binary)

    def _serve_http(self):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        command = [*self.command, "--http", f"127.0.0.1:{port}"]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        until(f"the host listens on {port}", lambda: self._listens(port))
        self.wire = Wire(port)
        self.url = f"http://127.0.0.1:{self.wire.port}/mcp"

    def _listens(self, port):
        code = self._process.poll()
        assert code is None, f"the host ended with exit code {code}: {self.complaints()}"
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            return False
        return True

    def target(self):
        """Where a client finds the host, as its programs are told here."""
        return {"url": self.url} if self.url else {"command": self.command}

    def _ask(self, *arguments, otherwise=0):
        command = [*self._program, *arguments, "--json"]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE)
        assert done.returncode in (0, otherwise), f"{arguments[0]}: exit code {done.returncode}: {done.stdout}{done.stderr}"
        return json.loads(done.stdout)

    def _status(self):
        status = self._ask("status")
        if not status["running"]:
            raise NoHost
        process = status["process"]
        self._served[_stat(process)[1]] = process
        return status

    def look(self):
        """Whatever may not change: the process, how often one was started, and who is connected."""
        process = self._status()["process"]
        found = self._ask("health", otherwise=NOT_HEALTHY)["checks"]["connections"]["sessions"]
        sessions = {Session(*(session[name] for name in Session._fields)) for session in found}
        return Look(process, len(list(self._launches.iterdir())), sessions)

    def until_calls_wait(self, count, client):
        """Until so many calls are under way that only something from outside can end. If the client ends before, never."""
        until(f"{count} calls wait", lambda: self._waiting(client) == count)

    def _waiting(self, client):
        assert client.poll() is None, f"the client ended with exit code {client.poll()}"
        try:
            return self._status()["slots"][0]["waiting"]
        except NoHost:
            # A client that is about to start one.
            return 0

    def happens(self, event, count, client, listens_again):
        """Whatever happens, in the end the next version serves: nothing else ends the calls that wait for it. Those that wait
        for what a process has to see to are told to come again when it is replaced."""
        if event == "restart":
            listened = self.wire.listened() if self.wire and listens_again else 0
            runs = Path(f"/proc/{self._status()['process']}/exe")
            self._install()
            assert os.readlink(runs) != str(self._binary), "what runs is not on the disk any more"
            self._ask("restart", "--host")
            until("what is on the disk runs", lambda: os.readlink(runs) == str(self._binary))
            self.until_calls_wait(count, client)
            if listened:
                # Its stream ended with the process before. It takes its time, and a program that plays a model does not.
                until("the client listens again", lambda: self.wire.listened() > listened)
        report = self._ask("swap", "patient", str(self._guests / "patient_next.wasm"), "--append")
        assert report["outcome"]["kind"] == "committed", report

    def ends(self, by_itself=True):
        """The host's end, and what was wrong with it: nothing. A client may not leave it the time to end by itself."""
        if self._process:
            os.kill(self._status()["process"], signal.SIGTERM)
        started = [launch.name for launch in self._launches.iterdir()]
        until("every host has ended", lambda: not any(map(_lives, [*started, *self._served.values()])))
        if by_itself:
            codes = {launch: (self._launches / launch / "exit-code").read_text().strip() for launch in self._served}
            assert codes and set(codes.values()) == {"0"}, f"exit codes {codes}"
        assert not self.complaints(), self.complaints()

    def complaints(self):
        return "".join(complaint.read_text() for complaint in sorted(self._launches.glob("*/stderr")))

    def abandon(self):
        """Leaves nothing behind, whatever went wrong."""
        if self.wire:
            self.wire.close()
        for launch in filter(_lives, (launch.name for launch in self._launches.iterdir())):
            os.kill(int(launch), signal.SIGTERM)
        if self._process:
            self._process.wait(PATIENCE)


def unchanging(look):
    """What is the same before and after. Over HTTP there are no sessions as of 2026-07-28: the host counts such clients anew."""
    named = {session._replace(session_id="") if stateless(session) else session for session in look.sessions}
    return look._replace(sessions=named)


def stateless(session):
    return session.transport == "http" and session.protocol >= STATELESS


def _stat(process):
    """What the system says of a process: its state, its parent, and more."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()


def _lives(process):
    try:
        return _stat(process)[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def until(what, holds):
    """Waits for something that can only be looked at."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, f"not after {PATIENCE} s: {what}"
        time.sleep(0.02)
