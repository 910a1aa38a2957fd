"""The official Python SDK as a client of `drive.py`: python_sdk.py TARGET MODE

What it is told to do and has to say is in `drive.py`. MODE is `legacy`, with a handshake, or `auto`, without.
"""

import contextlib
import json
import sys
import warnings

import anyio
from mcp import Client, MCPDeprecationWarning, StdioServerParameters
from mcp.client.subscriptions import SubscriptionLost
from mcp.types import ElicitResult, Implementation, ToolListChangedNotification

target, mode = json.loads(sys.argv[1]), sys.argv[2]
news = anyio.Event()
may_answer = anyio.Event()


def says(step, **more):
    print(json.dumps({"step": step, **more}), flush=True)


async def told():
    """Until the driver says to go on."""
    assert await anyio.to_thread.run_sync(sys.stdin.readline, abandon_on_cancel=True), "the driver has gone"


async def on_message(message):
    if isinstance(getattr(message, "root", message), ToolListChangedNotification):
        news.set()


async def on_question(_, params):
    says("asked", message=params.message)
    await may_answer.wait()
    return ElicitResult(action="accept", content={"word": "ahoy"})


async def listen(client):
    """Without a session nobody is told of anything unasked. Who listens again looks again."""
    while True:
        with contextlib.suppress(SubscriptionLost):
            async with client.listen(tools_list_changed=True) as changes:
                async for _ in changes:
                    news.set()
        news.set()


async def call(client, tool):
    """Calls a tool, and again if that is what it is told."""
    while (result := await client.call_tool(tool, {})).is_error:
        assert result.meta["mainstay/error"]["code"] == "interrupted", result
        says(f"again {tool}")
    return result.structured_content


async def wait_to_answer():
    await told()
    may_answer.set()


async def wait(client):
    says("waited", **await call(client, "wait_for_next"))


async def ask(client):
    says("answered", **await call(client, "ask"))


async def main():
    warnings.simplefilter("ignore", MCPDeprecationWarning)
    server = target.get("url")
    if not server:
        server = StdioServerParameters(command=target["command"][0], args=target["command"][1:])
    client = Client(
        server,
        mode=mode,
        client_info=Implementation(name="python-sdk", version="1"),
        message_handler=on_message,
        elicitation_callback=on_question,
    )
    async with client, anyio.create_task_group() as background:
        says("connected", protocol=client.protocol_version)
        if mode == "auto":
            background.start_soon(listen, client)
        says("listed", tools=[tool.name for tool in (await client.list_tools()).tools])
        says("version", **await call(client, "version"))
        async with anyio.create_task_group() as calls:
            calls.start_soon(wait, client)
            calls.start_soon(ask, client)
            calls.start_soon(wait_to_answer)
        says("next version", **await call(client, "version"))
        await news.wait()
        says("heard", tools=[tool.name for tool in (await client.list_tools()).tools])
        says("greeted", **await call(client, "greet"))
        await told()
        background.cancel_scope.cancel()
    says("closed")


anyio.run(main)
