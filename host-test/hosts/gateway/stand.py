"""The gateway on a host, in front of a good Bedrock and of a bad one. Standard library only."""

import json
import subprocess

import servers
from dialects import MODEL
from scenario import KEYS, Skipped, Stand

# What Bedrock's client needs, and what the gateway's clients show.
SECRET = KEYS["secretAccessKey"]
SETTINGS = {
    "AWS_ACCESS_KEY_ID": KEYS["accessKeyId"],
    "AWS_SECRET_ACCESS_KEY": SECRET,
    "AWS_REGION": KEYS["region"],
    "GATEWAY_KEYS": "ann=client-key",
}


class Gateway(Stand):
    """A host's own class says how it is started."""

    def serve(self, settings):
        raise NotImplementedError

    def gateway(self, port, settings=None):
        endpoint = {"AWS_ENDPOINT_URL_BEDROCK_RUNTIME": f"http://127.0.0.1:{port}"}
        return self.serve({**SETTINGS, **endpoint, **(settings or {})})

    def good(self):
        emulator = self.emulator()
        settings = {**emulator.variables, "GATEWAY_MODELS": json.dumps({"small": f"bedrock/{MODEL}"})}
        return self.once("good", lambda: self.gateway(emulator.port, settings))

    def bad(self):
        bedrock = self.faulty_bedrock()
        return self.once("bad", lambda: self.gateway(bedrock.port))

    def outlived(self, gateway):
        """Whether the host still runs."""
        assert gateway.process.poll() is None, gateway.logged()[-600:]

    def is_well(self):
        for thing in self.open:
            if isinstance(thing, servers.Server):
                faults = [line for line in thing.logged().splitlines() if "panicked" in line or "wasm trap" in line]
                assert not faults, faults


class Wasmtime(Gateway):
    host = "wasmtime serve"

    def serve(self, settings):
        return servers.wasmtime(self.arguments.wasmtime, self.arguments.component, settings)


class Jco(Gateway):
    host = "jco serve"

    def outlived(self, gateway):
        try:
            gateway.process.wait(2)
        except subprocess.TimeoutExpired:
            return
        # jco finds no error code for Node.js's own error and lets it end the process, before the guest sees it.
        reason = [line for line in gateway.logged().splitlines() if "Error" in line][:1]
        raise Skipped(f"the host itself ended with the connection: {reason}")

    def serve(self, settings):
        return servers.jco(self.arguments.node, self.arguments.jco, self.arguments.component, settings)
