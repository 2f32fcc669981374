"""The gateway on a host, in front of a good Bedrock and of a bad one. Standard library only."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile

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

    # How many bodies that do not end it is tried with.
    half_bodies = 20

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
    # It serves one after the other while a guest waits for a body.
    half_bodies = 3

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


WORKER = pathlib.Path(__file__).resolve().parents[3] / "deploy/worker"


class Fetch(Gateway):
    """The codec of the gateway on a host with the Fetch API, by the files of `deploy/worker`."""

    # What finds the program among npm's packages.
    program = ""
    arguments_of_program = ()

    def folder(self):
        return self.once("worker", lambda: Folder(self.arguments)).path

    def found(self):
        return find(self.arguments, self.program)

    def serve(self, settings):
        port = servers.free_port()
        command = [self.found(), *self.arguments_of_program, self.folder() / "server.mjs", port]
        # There are no instance's credentials to look for.
        return servers.Server(command, port, {**settings, "AWS_EC2_METADATA_DISABLED": "true"})


def find(arguments, program):
    found = sorted(pathlib.Path(arguments.packages).glob(program))
    if not found:
        raise Skipped(f"npm has no {program} for this machine")
    return found[0]


class Folder:
    """A copy of `deploy/worker` with the component as modules, as its files say it is made."""

    def __init__(self, arguments):
        self.arguments = arguments

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.folder.name) / "worker"
        shutil.copytree(WORKER, self.path, ignore=shutil.ignore_patterns("codec", "node_modules", ".wrangler"))
        command = [self.arguments.node, self.arguments.jco, "transpile", self.arguments.component]
        command += ["--instantiation", "sync", "-o", self.path / "codec"]
        subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)
        return self

    def __exit__(self, *_):
        self.folder.cleanup()


class Node(Fetch):
    host = "Node"

    def found(self):
        return self.arguments.node


class Deno(Fetch):
    host = "Deno"
    program = "@deno/*/deno"
    arguments_of_program = ("run", "--allow-net", "--allow-read", "--allow-env")


class Bun(Fetch):
    host = "Bun"
    program = "@oven/bun-*/bin/bun"


class Workerd(Fetch):
    """What Wrangler would deploy."""

    host = "workerd"
    program = "@cloudflare/workerd-*/bin/workerd"

    def bundle(self):
        bun = find(self.arguments, Bun.program)
        return self.once("bundle", lambda: Bundle(self.arguments, self.folder(), bun)).path

    def serve(self, settings):
        port = servers.free_port()
        folder = self.bundle()
        kinds = {".js": "esModule", ".wasm": "wasm"}
        # The first is the one that answers.
        names = sorted((path.name for path in folder.iterdir()), key=lambda name: name != "worker.js")
        modules = [(name, kinds.get(pathlib.Path(name).suffix)) for name in names]
        listed = ", ".join(f'(name = "{name}", {kind} = embed "{name}")' for name, kind in modules if kind)
        variables = {**settings, "AWS_EC2_METADATA_DISABLED": "true"}
        texts = [f"(name = {json.dumps(name)}, text = {json.dumps(text)})" for name, text in variables.items()]
        config = folder / f"{port}.capnp"
        config.write_text(
            f"""using Workerd = import "/workerd/workerd.capnp";
            const config :Workerd.Config = (
              services = [
                (name = "main", worker = (
                  modules = [{listed}], bindings = [{", ".join(texts)}],
                  compatibilityDate = "2026-11-01", globalOutbound = "loopback")),
                (name = "loopback", network = (allow = ["private"])),
              ],
              sockets = [(name = "http", address = "127.0.0.1:{port}", http = (), service = "main")]
            );"""
        )
        return servers.Server([self.found(), "serve", config], port)


class Bundle:
    """The files that `wrangler deploy` would upload. Wrangler needs a newer Node.js than some machines have, or Bun."""

    def __init__(self, arguments, folder, bun):
        self.folder, self.path = folder, folder / "bundle"
        wrangler = pathlib.Path(arguments.packages) / "wrangler/wrangler-dist/cli.js"
        self.command = [bun, wrangler, "deploy", "--dry-run", "--outdir", self.path]

    def __enter__(self):
        environment = {**os.environ, "WRANGLER_SEND_METRICS": "false", "CI": "true"}
        command = [str(part) for part in self.command]
        done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"wrangler could not bundle: {done.stdout[-1000:]}{done.stderr[-1000:]}")
        return self

    def __exit__(self, *_):
        pass
