"""The agents: how each is told of the host and of the model, how it is run, and what its model has to say to reach a tool."""

import json
import os
import subprocess
from pathlib import Path

from model import Call

# What the agents call the host.
NAME = "host"
TASK = "Use the tools."


class Agent:
    """An agent with a home of its own. It inherits nothing: what is set on this machine for another is not for it."""

    # Whether it asks for the tools anew, within a turn, when it hears that they have changed.
    hears = True
    # Whether it listens again, over HTTP, when the process that told it of changes is replaced.
    listens_again = True
    # Those that it may come to speak with the host.
    protocols = ()
    program = ""

    def __init__(self, installed, folder, model):
        self._modules, self._folder = installed / "node_modules", folder
        self._model = model
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8", **self.settings()}

    def settings(self):
        return {}

    def command(self, *arguments):
        return ["node", str(self._modules / self.program), *arguments]

    def configure(self, *arguments):
        """What a person would do once, on the command line."""
        done = subprocess.run(self.command(*arguments), env=self.environment, cwd=self._folder, timeout=60,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)
        assert done.returncode == 0, f"{arguments}: exit code {done.returncode}: {done.stdout}{done.stderr}"

    def find(self, turn, tool):
        """What the model has to call for a tool of the host, or None if it is not offered."""
        raise NotImplementedError


class ClaudeCode(Agent):
    name = "claude code"
    # It asks whether the host knows the newer one, and does not wait for long.
    protocols = ("2026-07-28", "2025-11-25")
    program = "@anthropic-ai/claude-code/cli-wrapper.cjs"

    def settings(self):
        return {
            "ANTHROPIC_BASE_URL": self._model.url,
            "ANTHROPIC_API_KEY": "none",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "DISABLE_AUTOUPDATER": "1",
            # All tools are in the first request, and there is none before the host is connected.
            "ENABLE_TOOL_SEARCH": "false",
            "MCP_CONNECTION_NONBLOCKING": "false",
        }

    def introduce(self, host):
        if host.url:
            self.configure("mcp", "add", "--transport", "http", NAME, host.url)
        else:
            self.configure("mcp", "add", NAME, "--", *host.command)

    def run(self):
        return self.command("-p", TASK, "--allowedTools", f"mcp__{NAME}")

    def find(self, turn, tool):
        name = f"mcp__{NAME}__{tool}"
        return Call(name, {}) if name in turn.offered else None


class Codex(Agent):
    name = "codex"
    program = "@openai/codex/bin/codex.js"
    protocols = ("2025-06-18",)
    hears = False
    listens_again = False

    def introduce(self, host):
        home = self._folder / ".codex"
        home.mkdir()
        (home / "config.toml").write_text(
            'model = "mock"\nmodel_provider = "mock"\napproval_policy = "never"\nsandbox_mode = "danger-full-access"\n'
            f'[model_providers.mock]\nname = "mock"\nbase_url = "{self._model.url}/v1"\nwire_api = "responses"\n'
        )
        if host.url:
            self.configure("mcp", "add", NAME, "--url", host.url)
        else:
            self.configure("mcp", "add", NAME, "--", *host.command)

    def run(self):
        # The model is asked only once the host is connected.
        required = ("-c", f"mcp_servers.{NAME}.required=true", "-c", f"mcp_servers.{NAME}.startup_timeout_sec=60")
        return self.command("exec", "--skip-git-repo-check", *required, TASK)

    def find(self, turn, tool):
        for offered in turn.offered:
            space, _, name = offered.rpartition("/")
            if NAME in offered and (name == tool or name.endswith(f"__{tool}")):
                return Call(name, {}, space)
        return None


class Reasonix(Agent):
    name = "reasonix"
    program = "@reasonix/cli-linux-x64/bin/reasonix"
    protocols = ("2026-07-28",)
    listens_again = False

    def command(self, *arguments):
        return [str(self._modules / self.program), *arguments]

    def introduce(self, host):
        (self._folder / "reasonix.toml").write_text(
            'default_model = "mock"\n[[providers]]\nname = "mock"\nkind = "openai"\nmodel = "mock"\n'
            f'base_url = "{self._model.url}"\napi_key_env = "MOCK_KEY"\n'
        )
        if host.url:
            self.configure("mcp", "add", NAME, "--http", host.url)
        else:
            self.configure("mcp", "add", NAME, "--", *host.command)

    def settings(self):
        return {"MOCK_KEY": "none"}

    def run(self):
        return self.command("run", "--permission-mode", "danger-full-access", "--model", "mock", TASK)

    def find(self, turn, tool):
        """Its model sees one tool, behind which are those of all hosts."""
        if "use_capability" not in turn.offered:
            return None
        return Call("use_capability", {"action": "call", "capability_id": f"mcp-tool:{NAME}/{tool}", "arguments": {}})


AGENTS = (ClaudeCode, Codex, Reasonix)
