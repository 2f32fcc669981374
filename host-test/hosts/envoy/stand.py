"""Envoy with deploy/envoy.yaml, and a client of it. Standard library only."""

import http.client
import json
import pathlib
import re
import tempfile
import time

from servers import Server, free_port

ROOT = pathlib.Path(__file__).resolve().parents[3]
FILE = ROOT / "deploy" / "envoy.yaml"

# What is replaced in the file: each must be there, once.
LISTENER = "address: 127.0.0.1, port_value: 10000"
MODULE = "target/components/bedrock_envoy_filter.wasm"
LIMIT = "per_connection_buffer_limit_bytes: 50331648"
BEDROCK = "address: bedrock-runtime.us-east-1.amazonaws.com, port_value: 443"
CONTAINER = "address: 169.254.170.2, port_value: 80"
INSTANCE = "address: 169.254.169.254, port_value: 80"
SETTINGS = re.compile(r"value: \|\n( +)\{\n(.*?)\n\1\}\n", re.S)
TLS = re.compile(r"      # TLS begins\n.*?      # TLS ends\n", re.S)


class Envoy(Server):
    """Envoy on a free port, until the block ends. `settings` come over those of the file."""

    def __init__(self, envoy, module, bedrock, settings=None, env=None, container=1, instance=1, limit=None):
        port = free_port()
        replaced = {
            LISTENER: f"address: 127.0.0.1, port_value: {port}",
            LIMIT: f"per_connection_buffer_limit_bytes: {limit}" if limit else LIMIT,
            MODULE: str(module),
            BEDROCK: f"address: 127.0.0.1, port_value: {bedrock}",
            CONTAINER: f"address: 127.0.0.1, port_value: {container}",
            INSTANCE: f"address: 127.0.0.1, port_value: {instance}",
        }
        text = FILE.read_text()
        for old, new in replaced.items():
            assert text.count(old) == 1, f"{FILE} has {old!r} {text.count(old)} times"
            text = text.replace(old, new)
        text, blocks = TLS.subn("", text)
        assert blocks == 1, f"{FILE} has no block between '# TLS begins' and '# TLS ends'"
        found = SETTINGS.search(text)
        merged = {**json.loads("{" + found[2] + "}"), **(settings or {})}
        text = SETTINGS.sub(lambda found: f"value: |\n{found[1]}{json.dumps(merged)}\n", text)
        self.file = tempfile.NamedTemporaryFile("w", suffix=".yaml")
        self.file.write(text)
        self.file.flush()
        options = ["--concurrency", "2", "--disable-hot-restart", "-l", "warning"]
        super().__init__([envoy, "-c", self.file.name, *options], port, env)

    def __exit__(self, kind=None, *_):
        try:
            if kind is None:
                self.is_well()
        finally:
            super().__exit__()
            self.file.close()

    def is_well(self):
        """Whether the module has not panicked, and Envoy did all that it was told to."""
        faults = [line for line in self.logged().splitlines() if "panicked" in line or "could not" in line]
        assert not faults, faults

    def ask(self, path, body, headers=None, method="POST"):
        """Status, headers and the whole body."""
        with self.open(path, body, headers, method) as answer:
            return answer.status, answer.headers, answer.body()

    def open(self, path, body, headers=None, method="POST"):
        """The answer, once its head is there."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        # What a client sends that is no business of Bedrock's.
        sent = {"content-type": "application/json", "x-api-key": "client-key", "accept-encoding": "gzip"}
        connection.request(method, path, data, {**sent, **(headers or {})})
        return Answer(connection, connection.getresponse())


class Answer:
    """An answer as it comes."""

    def __init__(self, connection, response):
        self.connection, self.response = connection, response
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def body(self):
        return self.response.read()

    def events(self):
        """Server-sent events as they come: the moment, the event's name, its data."""
        name, data = "", []
        while line := self.response.readline():
            line = line.decode().rstrip("\n")
            if not line and data:
                yield time.monotonic(), name, "\n".join(data)
                name, data = "", []
            elif line.startswith("event:"):
                name = line[6:].strip()
            elif line.startswith("data:"):
                data.append(line[5:].strip())
