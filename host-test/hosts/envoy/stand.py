"""Envoy with deploy/envoy.yaml, and what the scenarios need of it. Standard library only."""

import json
import pathlib
import re
import tempfile

from dialects import MODEL
from scenario import KEYS, Stand, keys
from servers import Server, free_port

ROOT = pathlib.Path(__file__).resolve().parents[3]
FILE = ROOT / "deploy" / "envoy.yaml"

# What is replaced in the file: each must be there, once.
LISTENER = "address: 127.0.0.1, port_value: 10000"
MODULE = "target/components/bedrock_envoy_filter.wasm"
LIMIT = "per_connection_buffer_limit_bytes: 25165824"
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


class EnvoyStand(Stand):
    host = "Envoy"

    def envoy(self, bedrock, settings=None, **more):
        return Envoy(self.arguments.envoy, self.arguments.module, bedrock, settings, **more)

    def is_well(self):
        """A module that broke is loaded anew, and nobody would notice."""
        for thing in self.open:
            if isinstance(thing, Envoy):
                thing.is_well()

    def good(self):
        emulator = self.emulator()
        settings = {"credentials": keys(emulator), "models": {"small": MODEL}}
        return self.once("good", lambda: self.envoy(emulator.port, settings))

    def bad(self):
        bedrock = self.faulty_bedrock()
        return self.once("bad", lambda: self.envoy(bedrock.port, {"credentials": KEYS}))
