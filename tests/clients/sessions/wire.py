"""What goes over HTTP between a client and the host: a relay on loopback that passes on every byte as it comes."""

import re
import socket
import threading

INITIALIZE = re.compile(rb'"method"\s*:\s*"initialize"')
LISTEN = re.compile(rb'GET /mcp HTTP/1\.1\r\n|"method"\s*:\s*"subscriptions/listen"')
SESSION = re.compile(rb"\r\nmcp-session-id:[ \t]*([^\r\n]+)\r\n", re.IGNORECASE)
# From here on there are no sessions.
STATELESS = "2026-07-28"
STATUS = re.compile(rb"HTTP/1\.1 ([2-5]\d{2}) ")
REQUEST = re.compile(rb"(GET|POST|DELETE) /mcp HTTP/1\.1(\r\n.*?\r\n)\r\n", re.DOTALL)


class Wire:
    """Listens on a port of its own and passes on what comes to the port of the host, and back."""

    def __init__(self, port):
        self._to = port
        self._lock = threading.Lock()
        # For each connection and direction, everything that went over it.
        self._asked, self._answered = [], []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                host = socket.create_connection(("127.0.0.1", self._to))
            except OSError:
                client.close()
                continue
            asked, answered = bytearray(), bytearray()
            with self._lock:
                self._asked.append(asked)
                self._answered.append(answered)
            for source, sink, seen in ((client, host, asked), (host, client, answered)):
                source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self._pass_on, args=(source, sink, seen), daemon=True).start()

    def _pass_on(self, source, sink, seen):
        try:
            while data := source.recv(1 << 16):
                with self._lock:
                    seen += data
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self._listener.close()

    def is_one_session(self, protocol):
        """One handshake and one session from the beginning to the end, or neither as of 2026-07-28, and nothing was refused."""
        with self._lock:
            handshakes = sum(len(INITIALIZE.findall(bytes(seen))) for seen in self._asked)
            sessions = {session.strip() for seen in self._asked for session in SESSION.findall(bytes(seen))}
        expected = 0 if protocol >= STATELESS else 1
        assert (handshakes, len(sessions)) == (expected, expected), f"{handshakes} handshakes, sessions {sessions}"
        refused = self.refused()
        assert not refused, f"refused with {refused}"

    def listened(self):
        """How often a client has asked to be told of what it does not ask for."""
        with self._lock:
            return sum(len(LISTEN.findall(bytes(seen))) for seen in self._asked)

    def refused(self):
        """What the host said no to: of what was sent, and of what was asked for in a session. Before that, a client may look
        around. On one connection answers come in the order of the requests."""
        with self._lock:
            pairs = [(REQUEST.findall(bytes(asked)), STATUS.findall(bytes(answered)))
                     for asked, answered in zip(self._asked, self._answered)]
        requests = [(method.decode(), SESSION.search(head) is not None, int(status))
                    for asked, answered in pairs for (method, head), status in zip(asked, answered)]
        return [(method, status) for method, in_session, status in requests
                if status >= 400 and (method == "POST" or in_session)]
