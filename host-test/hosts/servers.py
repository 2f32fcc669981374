"""What a check of a host starts, each on loopback and until its block ends. Standard library only."""

import http.client
import json
import os
import pathlib
import socket
import subprocess
import tempfile
import time


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Server:
    """A program that answers on a port once it is ready. What it writes is kept, to be looked at."""

    def __init__(self, command, port, env=None):
        self.command, self.port = [str(part) for part in command], port
        self.env = {"PATH": os.environ.get("PATH", ""), "HOME": os.environ.get("HOME", ""), **(env or {})}

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.log = open(pathlib.Path(self.folder.name) / "log", "w+")
        self.process = subprocess.Popen(self.command, env=self.env, stdout=self.log, stderr=self.log)
        until = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                if self.process.poll() is not None or time.monotonic() > until:
                    text = self.logged()
                    self.__exit__()
                    raise RuntimeError(f"{self.command[0]} did not start: {text[-2000:]}") from None
                time.sleep(0.02)

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
        self.folder.cleanup()

    def logged(self):
        """All that it has written."""
        self.log.flush()
        return pathlib.Path(self.log.name).read_text()

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


class Emulator:
    """The project's Bedrock."""

    def __init__(self, program, pace=45, play="story"):
        self.command = [str(program), "emulator", "--pace", str(pace), "--play", play]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True)
        # What a client of it has in its environment.
        self.variables = {}
        while "AWS_SECRET_ACCESS_KEY" not in self.variables:
            line = self.process.stdout.readline()
            if not line:
                raise RuntimeError("the emulator did not start")
            if line.startswith("export "):
                name, value = line[len("export ") :].strip().split("=", 1)
                self.variables[name] = value
        self.port = int(self.variables["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"].rsplit(":", 1)[1])
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)


def wasmtime(program, component, settings):
    """The gateway under `wasmtime serve`, with `settings` as its environment."""
    port = free_port()
    # A build without the pooling allocator does as well.
    command = [program, "serve", "-Scli", "-Opooling-allocator=n", "-Wmax-memory-size=268435456"]
    command += ["--addr", f"127.0.0.1:{port}"]
    for name, value in settings.items():
        command += ["--env", f"{name}={value}"]
    return Server([*command, component], port)


def jco(node, program, component, settings):
    """The gateway under `jco serve`, which hands its own environment on."""
    port = free_port()
    return Server([node, program, "serve", component, "--host", "127.0.0.1", "--port", port], port, settings)
