"""FastMCP's client as a client of `drive.py`: fastmcp_client.py TARGET MODE

What it is told to do and has to say is in `drive.py`. MODE is `legacy`, with a handshake, or `auto`, without. Without a
handshake this client never listens for changes: it learns of them when it asks again.
"""

import asyncio
import json
import sys
import warnings

from fastmcp import Client
from fastmcp.client.transports import StdioTransport, StreamableHttpTransport
from mcp.types import ToolListChangedNotification

target, mode = json.loads(sys.argv[1]), sys.argv[2]
news = asyncio.Event()
may_answer = asyncio.Event()


def says(step, **more):
    print(json.dumps({"step": step, **more}), flush=True)


async def told():
    """Until the driver says to go on."""
    assert await asyncio.to_thread(sys.stdin.readline), "the driver has gone"


async def on_message(message):
    if isinstance(getattr(message, "root", message), ToolListChangedNotification):
        news.set()


async def on_question(message, *_):
    says("asked", message=message)
    await may_answer.wait()
    return {"word": "ahoy"}


async def call(client, tool):
    """Calls a tool, and again if that is what it is told."""
    while (result := await client.call_tool(tool, {}, raise_on_error=False)).is_error:
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
    warnings.simplefilter("ignore")
    if "url" in target:
        transport = StreamableHttpTransport(target["url"])
    else:
        transport = StdioTransport(target["command"][0], target["command"][1:], keep_alive=False)
    client = Client(transport, mode=mode, message_handler=on_message, elicitation_handler=on_question)
    async with client:
        says("connected", protocol=client.session.protocol_version)
        says("listed", tools=[tool.name for tool in await client.list_tools()])
        says("version", **await call(client, "version"))
        await asyncio.gather(wait(client), ask(client), wait_to_answer())
        says("next version", **await call(client, "version"))
        if mode == "legacy":
            await news.wait()
        says("heard", tools=[tool.name for tool in await client.list_tools(cache_mode="refresh")])
        says("greeted", **await call(client, "greet"))
        await told()
    says("closed")


asyncio.run(main())
