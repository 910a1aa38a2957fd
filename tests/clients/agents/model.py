"""A model on loopback that knows in advance what it wants: it calls tools, one after the other, and says that it is done.

It speaks what agents speak with their models: chat completions and responses as of OpenAI, and messages as of Anthropic; and
so much of each as these agents ask for.
"""

import json
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Turn:
    """What the agent says: what the model may call, and what came of the calls before."""

    offered: list
    results: list


@dataclass
class Call:
    name: str
    arguments: dict
    # Where the agent sorts its tools into name spaces.
    space: str = ""


class Model:
    """`next_call` is given a turn and says what to call, or None for nothing more."""

    def __init__(self, next_call):
        self.turns = []
        self._next_call = next_call
        self._lock = threading.Lock()
        model = self

        class Requests(_Requests):
            def call_for(self, turn):
                return model.call_for(turn)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Requests)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def call_for(self, turn):
        call = self._next_call(turn)
        with self._lock:
            self.turns.append(turn)
        return call

    def close(self):
        self._server.shutdown()
        self._server.server_close()


class _Requests(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        """What is asked is looked at in the end."""

    def do_HEAD(self):
        self.answer({})

    def do_GET(self):
        self.answer({"object": "list", "data": [{"id": "mock", "object": "model"}]})

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        path = self.path.partition("?")[0]
        for end, speak in (("/chat/completions", chat), ("/responses", responses), ("/messages", messages)):
            if path.endswith(end):
                return speak(self, asked)
        return self.answer({"input_tokens": 1})

    def answer(self, body):
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def stream(self, *events):
        """Each event is JSON, by its name if it has one."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        for event in events:
            if isinstance(event, dict) and "type" in event:
                self.wfile.write(f"event: {event['type']}\n".encode())
            text = event if isinstance(event, str) else json.dumps(event)
            self.wfile.write(f"data: {text}\n\n".encode())
        self.close_connection = True


def text_of(content):
    """Content is a text, or parts that have one."""
    if isinstance(content, str):
        return content
    return "".join(part.get("text", "") for part in content or [])


def chat(request, asked):
    results = [text_of(message["content"]) for message in asked["messages"] if message["role"] == "tool"]
    call = request.call_for(Turn([tool["function"]["name"] for tool in asked.get("tools", [])], results))
    said, reason = {"role": "assistant", "content": "Done."}, "stop"
    if call:
        function = {"name": call.name, "arguments": json.dumps(call.arguments)}
        tool_call = {"index": 0, "id": f"call_{len(results)}", "type": "function", "function": function}
        said, reason = {"role": "assistant", "content": None, "tool_calls": [tool_call]}, "tool_calls"
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    common = {"id": "chat", "created": 1, "model": "mock"}
    if not asked.get("stream"):
        choice = {"index": 0, "message": said, "finish_reason": reason}
        return request.answer({**common, "object": "chat.completion", "choices": [choice], "usage": usage})
    common["object"] = "chat.completion.chunk"
    return request.stream(
        {**common, "choices": [{"index": 0, "delta": said, "finish_reason": None}]},
        {**common, "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]},
        {**common, "choices": [], "usage": usage},
        "[DONE]",
    )


def responses(request, asked):
    offered = []
    for tool in asked.get("tools", []):
        inner = [f"{tool['name']}/{one['name']}" for one in tool.get("tools", [])]
        offered += inner or [tool.get("name", tool["type"])]
    outputs = [item for item in asked["input"] if item.get("type") == "function_call_output"]
    call = request.call_for(Turn(offered, [text_of(item["output"]) for item in outputs]))
    item = {"type": "message", "id": "said", "role": "assistant", "content": [{"type": "output_text", "text": "Done."}]}
    if call:
        number = len(outputs)
        item = {"type": "function_call", "id": f"item_{number}", "call_id": f"call_{number}", "name": call.name,
                "arguments": json.dumps(call.arguments)}
        if call.space:
            item["namespace"] = call.space
    usage = {"input_tokens": 1, "input_tokens_details": None, "output_tokens": 1, "output_tokens_details": None,
             "total_tokens": 2}
    return request.stream(
        {"type": "response.created", "response": {"id": "response"}},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": {"id": "response", "usage": usage}},
    )


def messages(request, asked):
    said = [part for message in asked["messages"] if isinstance(message["content"], list) for part in message["content"]]
    results = [text_of(part["content"]) for part in said if part["type"] == "tool_result"]
    call = request.call_for(Turn([tool["name"] for tool in asked.get("tools", [])], results))
    block, reason = {"type": "text", "text": "Done."}, "end_turn"
    begun, delta = {"type": "text", "text": ""}, {"type": "text_delta", "text": "Done."}
    if call:
        begun, reason = {"type": "tool_use", "id": f"toolu_{len(results)}", "name": call.name, "input": {}}, "tool_use"
        block = {**begun, "input": call.arguments}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(call.arguments)}
    message = {"id": "message", "type": "message", "role": "assistant", "model": asked.get("model", "mock"),
               "content": [], "stop_reason": None, "usage": {"input_tokens": 1, "output_tokens": 1}}
    if not asked.get("stream"):
        return request.answer({**message, "content": [block], "stop_reason": reason})
    return request.stream(
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": begun},
        {"type": "content_block_delta", "index": 0, "delta": delta},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": None}, "usage": {"output_tokens": 1}},
        {"type": "message_stop"},
    )
