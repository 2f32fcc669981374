"""Scenarios: where credentials come from, and how the plugin is configured."""

import concurrent.futures
import json
import pathlib
import socket
import subprocess
import tempfile
import time

import services
from dialects import ANTHROPIC, expect, holds
from scenario import keys, scenario
from stand import FILE, MODULE

RELATIVE = {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/task"}


@scenario(["anthropic"])
def credentials_of_variables(stand, _):
    emulator = stand.emulator()
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    env = {name: emulator.variables[name] for name in names}
    with stand.envoy(emulator.port, env=env) as envoy:
        status, _, body = envoy.ask(ANTHROPIC.path, ANTHROPIC.question("Hi"))
        expect("status", status, 200)
    wrong = {"credentials": {**keys(emulator), "secretAccessKey": "a-wrong-secret"}}
    with stand.envoy(emulator.port, wrong) as envoy:
        status, _, body = envoy.ask(ANTHROPIC.path, ANTHROPIC.question("Hi"))
        # The operator's secret, so that no client takes it for its own key's.
        expect("status of a wrong secret", status, 500)
        holds("no secret in the error", b"a-wrong-secret" not in body + envoy.logged().encode(), body)


@scenario(["anthropic"])
def credentials_of_a_container(stand, _):
    """The first requests come before the credentials do, and wait for them."""
    bedrock = stand.faulty_bedrock()
    with services.Service(services.container(delay=0.7)) as endpoint:
        with stand.envoy(bedrock.port, env=RELATIVE, container=endpoint.port) as envoy:
            with concurrent.futures.ThreadPoolExecutor(8) as pool:
                asked = [pool.submit(envoy.ask, ANTHROPIC.path, ANTHROPIC.question("Hi")) for _ in range(8)]
                statuses = [future.result()[0] for future in asked]
            expect("statuses", statuses, [200] * 8)
            keys = stand.signed_by(8)
            holds("whose keys", all(key.startswith("AKIDCONTAINER") for key in keys), keys)
            before = len(endpoint.requests)
            for _ in range(5):
                envoy.ask(ANTHROPIC.path, ANTHROPIC.question("Hi"))
            expect("questions to the endpoint while the keys are fresh", len(endpoint.requests), before)
            holds("no secret in the log", "secret-of" not in envoy.logged(), "one")
            return f"{before} questions"


@scenario(["anthropic"])
def clients_that_go_away(stand, _):
    """While they wait for credentials, and in the middle of a stream: others are served all the same."""
    bedrock, path = stand.faulty_bedrock(), ANTHROPIC.path
    with services.Service(services.container(delay=0.5)) as endpoint:
        with stand.envoy(bedrock.port, env=RELATIVE, container=endpoint.port) as envoy:
            body = json.dumps(ANTHROPIC.question("Hi")).encode()
            for _ in range(4):
                with socket.create_connection(("127.0.0.1", envoy.port)) as client:
                    head = f"POST {path} HTTP/1.1\r\nhost: h\r\ncontent-length: {len(body)}\r\n\r\n"
                    client.sendall(head.encode() + body)
            expect("status", envoy.ask(path, ANTHROPIC.question("Hi"))[0], 200)
    with stand.good().open(path, ANTHROPIC.question("Tell me a story.", stream=True)) as answer:
        next(answer.events())
    expect("status after a broken stream", stand.good().ask(path, ANTHROPIC.question("Hi"))[0], 200)


@scenario(["anthropic"])
def credentials_are_renewed(stand, _):
    """Keys with less than five minutes to live are used, and others looked for."""
    bedrock = stand.faulty_bedrock()
    with services.Service(services.container(seconds=200)) as endpoint:
        with stand.envoy(bedrock.port, env=RELATIVE, container=endpoint.port) as envoy:
            seen, until = set(), time.monotonic() + 10
            while len(seen) < 2 and time.monotonic() < until:
                expect("status", envoy.ask(ANTHROPIC.path, ANTHROPIC.question("Hi"))[0], 200)
                seen.update(stand.signed_by())
            holds("keys", len(seen) > 1, seen)


@scenario(["anthropic"])
def credentials_of_an_instance(stand, _):
    bedrock = stand.faulty_bedrock()
    with services.Service(services.instance) as endpoint:
        with stand.envoy(bedrock.port, instance=endpoint.port) as envoy:
            expect("status", envoy.ask(ANTHROPIC.path, ANTHROPIC.question("Hi"))[0], 200)
    expect("whose keys", stand.signed_by(), ["AKIDINSTANCE"])


@scenario()
def credentials_that_are_refused(stand, dialect):
    bedrock = stand.faulty_bedrock()
    with services.Service(services.container(refuses=True)) as endpoint:
        with stand.envoy(bedrock.port, env=RELATIVE, container=endpoint.port) as envoy:
            status, _, body = envoy.ask(dialect.path, dialect.question("Hi"))
            expect("status", status, 500)
            _, message = dialect.error(body)
            holds("no source in the error", "container" not in message, message)
            holds("the log", "container" in envoy.logged(), envoy.logged())
            return f"{status} {message[:80]}"


@scenario(["anthropic"])
def wrong_configuration(stand, _):
    """Envoy says what is wrong with it, and does not start."""
    try:
        with stand.envoy(1, {"regoin": "hidden-value"}):
            raise AssertionError("Envoy started")
    except RuntimeError as error:
        holds("the setting's name", "configuration.regoin: unknown setting" in str(error), str(error))


@scenario(["anthropic"])
def the_file_as_it_is(stand, _):
    """What the other scenarios replace in the file, TLS above all, is right as it stands there."""
    text = FILE.read_text().replace(MODULE, str(stand.arguments.module))
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "envoy.yaml"
        file.write_text(text)
        command = [stand.arguments.envoy, "-c", str(file), "--mode", "validate"]
        told = subprocess.run(command, capture_output=True, text=True, timeout=60)
    expect(f"status ({told.stderr[-1000:]})", told.returncode, 0)
