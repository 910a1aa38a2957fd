"""A client that runs as a program of its own: what it says, line by line, and what it is told."""

import json
import subprocess
import threading

# For a whole run, in seconds: enough for a machine that is busy with something else.
PATIENCE = 180


class Client:
    """What it says is JSON with a `step`. Told to go on, it reads a line; it ends by itself."""

    def __init__(self, command, folder):
        self.said = {}
        self._complaints = folder / "complaints"
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints.open("w"),
            text=True,
            cwd=folder,
        )
        # Whoever waits for what it says waits no longer, then.
        self._late = threading.Timer(PATIENCE, self._process.kill)
        self._late.start()

    def until(self, step):
        """Waits until it has said something, and returns that."""
        while step not in self.said:
            line = self._process.stdout.readline()
            assert line, f"it ended before it said {step!r}, with exit code {self._process.wait()}: {self.complaints()}"
            said = json.loads(line)
            self.said[said.pop("step")] = said
        return self.said[step]

    def go_on(self):
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def poll(self):
        """Its exit code, or None while it runs."""
        return self._process.poll()

    def ended(self):
        code = self._process.wait()
        assert code == 0, f"exit code {code}: {self.complaints()}"

    def complaints(self):
        return self._complaints.read_text()[-4000:]

    def abandon(self):
        self._late.cancel()
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
