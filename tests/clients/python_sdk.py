"""Drives `mainstay serve` with the official Python SDK: python_sdk.py HERE MAINSTAY GUESTS

Once with the handshake that protocols up to 2025-11-25 begin with, and once in the way of 2026-07-28, without.
HERE is the folder of `launch` and `expected.json`; GUESTS that of the components of tests/guests.
"""

import json
import sys
import tempfile
import traceback
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import anyio
from mcp import Client, MCPDeprecationWarning, MCPError, StdioServerParameters
from mcp.types import ElicitResult, Implementation, PromptReference, ResourceTemplateReference

HERE, MAINSTAY, GUESTS = (Path(argument).resolve() for argument in sys.argv[1:4])
EXPECTED = json.loads((HERE / "expected.json").read_text())

MODES = {"legacy": "2025-11-25", "auto": "2026-07-28"}

# For one check, in seconds: enough for a machine that is busy with something else.
PATIENCE = 30
# Of a request that nothing is wrong with. A call that waits, waits for longer than all tests may take.
LONG = 600_000

# The answers of the orchestrator are text for models, unless a program asks for more; so are the schemas of the host's own.
FOR_PROGRAMS = ["--set", 'plugins.orchestrator.config.answers="both"', "--set", "reboot.output_schemas=true"]
OWN = 6

INVALID_PARAMS = -32602
RESOURCE_NOT_FOUND = {"2025-11-25": -32002, "2026-07-28": INVALID_PARAMS}


@dataclass
class Connection:
    """A client, the host it started, and what the host said unasked."""

    protocol: str
    folder: Path
    client: Client = None
    artifact: str = ""
    logged: list = field(default_factory=list)
    questions: list = field(default_factory=list)
    news: anyio.Event = field(default_factory=anyio.Event)

    async def call(self, tool, arguments=None, **options):
        """Calls a tool that succeeds, and returns its structured content, which the SDK has validated if it could."""
        result = await self.client.call_tool(tool, arguments or {}, **options)
        assert not result.is_error, result.content
        await self.client.session.validate_tool_result(tool, result)
        assert result.content[0].type == "text" and result.content[0].text, "there is something to read for a model"
        return result.structured_content

    async def orchestrate(self, verb, **arguments):
        return await self.call(f"orchestrator_{verb}", arguments)

    async def until(self, enough):
        """Waits for something that the host says unasked."""
        while not enough():
            self.news = anyio.Event()
            await self.news.wait()

    async def on_log(self, params):
        self.logged.append((params.level, params.data))
        self.news.set()

    async def on_question(self, _, params):
        self.questions.append(params.message)
        return ElicitResult(action="accept", content={"name": "Ada"})


async def failure(awaitable):
    """The protocol error that a request is answered with."""
    try:
        result = await awaitable
    except MCPError as error:
        return error
    raise AssertionError(f"expected an error, got {result}")


def ids(tasks):
    return [task["task_id"] for task in tasks]


# The orchestrator, in the order of these functions.


async def greets(c):
    """says who it is and what it can do"""
    assert c.client.protocol_version == c.protocol, c.client.protocol_version
    assert c.client.server_info.name == EXPECTED["server"]
    assert c.client.instructions
    can = c.client.server_capabilities
    assert can.tools and can.resources and can.prompts and can.completions


async def lists_tools(c):
    """lists all tools with what they take, the host's own first and with what they answer"""
    tools = (await c.client.list_tools()).tools
    assert [tool.name for tool in tools] == EXPECTED["tools"]
    for tool in tools:
        assert tool.title and tool.description and tool.annotations is not None, tool.name
        assert tool.input_schema["type"] == "object" and "properties" in tool.input_schema, tool.name
    for number, tool in enumerate(tools):
        assert (tool.output_schema is not None) == (number < OWN), tool.name


async def begins_a_session(c):
    """begins a session"""
    session = await c.orchestrate("initialize_session", working_directory=str(c.folder))
    assert session["workspace"] == str(c.folder), session["workspace"]
    assert session["open_plans"] == []
    assert EXPECTED["prompt"] in [role["specialist_type"] for role in session["specialist_roles"]]


async def plans(c):
    """stores a plan whose parts are given as a string"""
    planned = await c.orchestrate("plan_task", **EXPECTED["plan"], subtasks_json=json.dumps(EXPECTED["subtasks"]))
    assert planned["task_id"] == EXPECTED["plan"]["task_id"]
    assert ids(planned["subtasks"]) == ids(EXPECTED["subtasks"])
    assert ids(planned["ready_to_execute"]) == EXPECTED["ready_at_first"]


async def refuses_what_is_too_early(c):
    """refuses a task whose prerequisites are open"""
    last = EXPECTED["subtasks"][-1]
    result = await c.client.call_tool("orchestrator_execute_task", {"task_id": last["task_id"]})
    assert result.is_error and last["dependencies"][0] in result.content[0].text, result


async def works_through(c):
    """hands out every part with what it builds on, and takes its result"""
    for step in EXPECTED["steps"]:
        task = next(task for task in EXPECTED["subtasks"] if task["task_id"] == step["task_id"])
        taken = await c.orchestrate("execute_task", task_id=task["task_id"])
        assert (taken["status"], taken["specialist_type"]) == ("active", task["specialist_type"])
        briefing = taken["briefing"]
        assert briefing["description"] == task["description"]
        assert briefing["plan"]["context"] == EXPECTED["plan"]["context"]
        assert ids(briefing["prerequisites"]) == task.get("dependencies", [])

        done = await c.orchestrate("complete_task", task_id=task["task_id"], **step["work"])
        assert done["status"] == "completed"
        assert ids(done["next_recommended_tasks"]) == step["ready"], done["next_recommended_tasks"]
        c.artifact = c.artifact or done["artifact_uri"]


async def shows_status(c):
    """shows that the plan is ready to be synthesized"""
    status = await c.orchestrate("get_status", include_completed=True)
    assert status["total"] == len(EXPECTED["subtasks"]) + 1
    assert status["counts"]["completed"] == len(EXPECTED["subtasks"]), status["counts"]
    assert ids(status["ready_to_synthesize"]) == [EXPECTED["plan"]["task_id"]]


async def synthesizes(c):
    """gathers the results, and completes the plan"""
    whole = await c.orchestrate("synthesize_results", parent_task_id=EXPECTED["plan"]["task_id"])
    assert whole["complete"] and whole["status"] == "completed", whole
    summaries = {task["task_id"]: task["summary"] for role in whole["results"] for task in role["tasks"]}
    assert summaries == {step["task_id"]: step["work"]["summary"] for step in EXPECTED["steps"]}


async def serves_resources(c):
    """lists and reads what was handed in, as resources"""
    listed = (await c.client.list_resources()).resources
    assert len(listed) == len(EXPECTED["steps"])
    first = next(resource for resource in listed if resource.uri == c.artifact)
    templates = (await c.client.list_resource_templates()).resource_templates
    assert EXPECTED["resource_template"] in [template.uri_template for template in templates]
    (contents,) = (await c.client.read_resource(c.artifact)).contents
    assert contents.uri == c.artifact and contents.mime_type == first.mime_type
    assert EXPECTED["steps"][0]["work"]["detailed_work"].strip() in contents.text, contents.text


async def serves_prompts(c):
    """lists prompts, and gives one without and with its argument"""
    prompts = (await c.client.list_prompts()).prompts
    prompt = next(prompt for prompt in prompts if prompt.name == EXPECTED["prompt"])
    assert [(argument.name, argument.required) for argument in prompt.arguments] == [("task_id", False)]
    (short,) = (await c.client.get_prompt(prompt.name)).messages
    (full,) = (await c.client.get_prompt(prompt.name, {"task_id": "collect"})).messages
    assert full.content.text.startswith(short.content.text)
    assert EXPECTED["subtasks"][0]["description"] in full.content.text


async def completes(c):
    """completes ids while they are typed"""
    prompt = PromptReference(name=EXPECTED["prompt"])
    found = await c.client.complete(prompt, {"name": "task_id", "value": "c"})
    assert found.completion.values == ["collect", "compute"], found
    template = ResourceTemplateReference(uri=EXPECTED["resource_template"])
    found = await c.client.complete(template, {"name": "artifact_id", "value": ""})
    assert c.artifact.rpartition("/")[2] in found.completion.values, found


async def names_errors(c):
    """says what is wrong: with a tool's name, with its arguments, with a uri, with a prompt"""
    unknown = await failure(c.client.call_tool("orchestrator_plan_tusk", {}))
    assert unknown.code == INVALID_PARAMS and "orchestrator_plan_task" in unknown.message, unknown
    result = await c.client.call_tool("orchestrator_plan_task", {"description": "What?", "complexity": "endless"})
    assert result.is_error and "complexity" in result.content[0].text, result
    missing = await failure(c.client.read_resource("orchestrator://artifacts/none"))
    assert missing.code == RESOURCE_NOT_FOUND[c.protocol], missing
    prompt = await failure(c.client.get_prompt("juggler"))
    assert prompt.code == INVALID_PARAMS and "juggler" in prompt.message, prompt


async def restarts(c):
    """restarts in the midst of the conversation, and says how it went"""
    assert (await c.orchestrate("health_check"))["healthy"]
    assert (await c.orchestrate("shutdown_prepare"))["ready_for_shutdown"]
    heard = []

    async def on_progress(progress, total, message):
        heard.append(progress)
        c.news.set()

    arguments = {"reason": "error_recovery", "timeout": 60}
    done = await c.call("orchestrator_restart_server", arguments, progress_callback=on_progress)
    assert done["success"] and (done["phase"], done["progress"]) == ("complete", 100), done
    await c.until(lambda: 100 in heard)
    status = await c.orchestrate("restart_status", include_history=True)
    assert status["current_status"]["phase"] == "complete" and status["history"]["total_restarts"] == 1, status
    assert (await c.orchestrate("reconnect_test"))["overall_status"] == "pass"
    again = await c.client.call_tool("orchestrator_restart_server", {})
    told = json.loads(again.content[0].text)
    assert again.is_error and told["phase"] == "rate_limited" and told["retry_after"] > 0, told
    # The conversation goes on.
    await shows_status(c)


async def answers_pings(c):
    """answers a ping"""
    await c.client.send_ping()


async def finds_everything(c):
    """finds everything again after a restart"""
    await c.orchestrate("initialize_session", working_directory=str(c.folder))
    status = await c.orchestrate("get_status")
    assert status["counts"] == {"completed": len(EXPECTED["subtasks"]) + 1}, status
    (contents,) = (await c.client.read_resource(c.artifact)).contents
    assert EXPECTED["steps"][0]["work"]["summary"] in contents.text


# The guests: what the orchestrator has no need of.


async def reports_progress(c):
    """reports progress before it answers"""
    seen = []

    async def on_progress(progress, total, message):
        seen.append((progress, total, message))
        c.news.set()

    await c.call("progress", {"values": [1, 2.5, 10]}, progress_callback=on_progress)
    # The SDK has them in order, but hands them on by tasks of their own.
    await c.until(lambda: len(seen) == 3)
    assert sorted(seen) == [(1, 10, "at 1"), (2.5, 10, "at 2.5"), (10, 10, "at 10")], seen


async def logs(c):
    """sends log lines from the level on that the client wants"""
    if c.protocol == "2025-11-25":
        await c.client.set_logging_level("error")
    await c.call("log")
    await c.until(lambda: len(c.logged) == 4)
    assert {level for level, _ in c.logged} == {"error", "critical", "alert", "emergency"}, c.logged


async def asks(c):
    """asks the person"""
    heard = await c.call("ask", {"question": "Who are you?"})
    assert heard == {"heard": ["form: accepted Ada"], "same_call": True}, heard
    assert c.questions == ["Who are you?"]


async def goes_on(c):
    """goes on with a call that slept"""
    heard = await c.call("sleep", {"milliseconds": 1})
    assert heard == {"heard": ["timer: awake"], "same_call": True}, heard


async def cancels(c):
    """ends a call that the client cancels"""

    # This host allows one call at a time: while one waits, others are refused.
    async def refused(tool, arguments):
        result = await c.client.call_tool(tool, arguments)
        assert not result.is_error or result.meta["mainstay/error"]["code"] == "busy", result
        return result.is_error

    async def sleep():
        while await refused("sleep", {"milliseconds": LONG}):
            pass

    before = (await c.call("marks"))["rows"]
    async with anyio.create_task_group() as calls:
        calls.start_soon(sleep)
        while not await refused("marks", {}):
            pass
        calls.cancel_scope.cancel()
    while await refused("marks", {}):
        pass
    # It may have been cancelled before it began, but it did not go on.
    assert (await c.call("marks"))["rows"] in (before, [*before, "asleep"])


async def keeps_going(c):
    """keeps a thousand things, one after the other"""
    for number in range(1000):
        await c.call("mark", {"text": f"number {number}"})


def ended_by_itself(folder):
    """ends by itself, without complaint, when the client closes"""
    code, complaint = folder / "exit-code", (folder / "stderr").read_text()
    assert code.exists(), "it had to be killed"
    assert code.read_text() == "0\n" and not complaint, f"exit code {code.read_text()}{complaint}"


class Report:
    """One line a check."""

    def __init__(self, protocol):
        self.label = f"python {protocol}"

    async def check(self, check, *arguments):
        try:
            with anyio.fail_after(PATIENCE):
                outcome = check(*arguments)
                if outcome is not None:
                    await outcome
        except Exception:
            self.failed(check.__doc__)
        else:
            print(f"ok      {self.label}: {check.__doc__}", flush=True)

    def failed(self, what):
        print(f"FAILED  {self.label}: {what}\n{traceback.format_exc()}", flush=True)


async def drive(mode, data, checks, artifact="", options=()):
    """Starts a host, connects, checks, closes; returns the artifact that was read."""
    report = Report(MODES[mode])
    folder = Path(tempfile.mkdtemp(dir=data.parent))
    command = [str(folder), str(MAINSTAY), "--data-dir", str(data), *options, "serve"]
    server = StdioServerParameters(command=str(HERE / "launch"), args=command, cwd=data.parent)
    connection = Connection(MODES[mode], data.parent, artifact=artifact)
    connection.client = Client(
        server,
        mode=mode,
        read_timeout_seconds=PATIENCE,
        client_info=Implementation(name="python-sdk", version="1"),
        elicitation_callback=connection.on_question,
        logging_callback=connection.on_log,
        log_level="error" if mode == "auto" else None,
    )
    try:
        # What a check fails at stays with it: anything else went wrong at the beginning or at the end.
        async with connection.client:
            for check in checks:
                await report.check(check, connection)
    except Exception:
        report.failed("connects and closes")
    await report.check(ended_by_itself, folder)
    return connection.artifact


async def main():
    warnings.simplefilter("ignore", MCPDeprecationWarning)
    workflow = [begins_a_session, plans, refuses_what_is_too_early, works_through, shows_status]
    workflow += [restarts, synthesizes]
    surfaces = [serves_resources, serves_prompts, completes, names_errors]
    for mode in MODES:
        with tempfile.TemporaryDirectory(prefix="mainstay-") as folder:
            folder = Path(folder).resolve()
            pings = [answers_pings] if mode == "legacy" else []
            data = folder / "orchestrator"
            checks = [greets, lists_tools, *workflow, *surfaces, *pings]
            artifact = await drive(mode, data, checks, options=FOR_PROGRAMS)
            await drive(mode, data, [finds_everything], artifact, options=FOR_PROGRAMS)

            # What the plugin logs goes to standard error too, unless it is turned off there.
            reports = ["--plugin", f"reports={GUESTS / 'reports.wasm'}", "--log", "warn,plugin=off"]
            await drive(mode, folder / "reports", [reports_progress, logs], options=reports)
            one_call = folder / "one-call.toml"
            one_call.write_text("[server]\ncalls_in_flight = 1\n")
            # A call that is cancelled while its code runs is worth a warning.
            waits = ["--plugin", f"waits={GUESTS / 'waits.wasm'}", "--config", str(one_call), "--log", "error"]
            await drive(mode, folder / "waits", [asks, goes_on, cancels, keeps_going], options=waits)


anyio.run(main)
