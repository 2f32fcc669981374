"""Unmodified agents through the gateway, with the emulator as their model: each has a task to do with its own tools.

    python3 host-test/hosts/agents/check.py --emulator target/debug/bedrock-host --wasmtime WASMTIME \\
        --component target/components/bedrock_gateway.wasm --node-scripts FOLDER --python VENV/bin/python [PROGRAM …]

FOLDER holds ai_sdk.mjs beside the packages of package.json, VENV those of python/requirements.txt.

Three lines of JSON for each program: whether it did its task, how many warnings of a loss the gateway gave, and what
was refused, by the gateway or by the emulator. `--keep FOLDER` keeps what passed, request by request.
"""

import argparse
import functools
import json
import pathlib
import platform
import sys
import time

AGENTS = pathlib.Path(__file__).resolve().parent
sys.path += [str(AGENTS.parent), str(AGENTS.parent / "gateway")]

import commands  # noqa: E402
import relay  # noqa: E402
from desk import Desk  # noqa: E402
from servers import Emulator, wasmtime  # noqa: E402

KEY = "client-key"
# One thinks by budgets, one adapts its thinking.
SONNET = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
OPUS = "us.anthropic.claude-opus-5-5"
# Clients of OpenAI's APIs tell by a model's name what it can do: whether it thinks, what tools it is given.
KNOWN = "gpt-5.5"


class Kit:
    """What a program is told of the gateway, and where the programs are."""

    key, model, adaptive_model, known_model = KEY, SONNET, OPUS, KNOWN

    def __init__(self, arguments, port, elsewhere):
        self.url = f"http://127.0.0.1:{port}"
        proxy = f"http://127.0.0.1:{elsewhere}"
        # Programs that heed a proxy ask it for whatever is not on this machine, and it refuses.
        self.elsewhere = {
            "HTTP_PROXY": proxy,
            "HTTPS_PROXY": proxy,
            "http_proxy": proxy,
            "https_proxy": proxy,
            "ALL_PROXY": proxy,
            "NODE_USE_ENV_PROXY": "1",
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
        }
        machine = {"x86_64": "x64", "AMD64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
        system = f"{platform.system().lower()}-{machine}"
        # The programs themselves: what the packages start is put in place by scripts that are not run here.
        packages = arguments.node_scripts / "node_modules"
        self.claude = packages / f"@anthropic-ai/claude-code-{system}/claude"
        self.codex = packages / ".bin/codex"
        self.opencode = packages / f"opencode-{system}-baseline/bin/opencode"
        self.ai_sdk = ["node", arguments.node_scripts / "ai_sdk.mjs"]
        self.python = arguments.python


def python(name):
    return lambda kit: [kit.python, "-B", AGENTS / "python" / name]


def scripts(name, command, **models):
    """A program for each API, and the model that it names there."""

    def run(kit, desk, api):
        return commands.script(kit, desk, command(kit), api, models[api])

    return {f"{name}, {api}": functools.partial(run, api=api) for api in models}


PROGRAMS = {
    "Claude Code": commands.claude_code,
    "Claude Code, budget": lambda kit, desk: commands.claude_code(kit, desk, "--model", "claude-sonnet-4-5"),
    "Codex": commands.codex_by_its_names,
    "Codex, other names": commands.codex_by_other_names,
    "opencode, messages": commands.opencode_by_messages,
    "opencode, chat": commands.opencode_by_chat,
    **scripts("OpenAI Agents", python("openai_agents.py"), responses=SONNET, chat=SONNET),
    **scripts("AI SDK", lambda kit: kit.ai_sdk, messages=SONNET, responses=KNOWN, chat=KNOWN),
    **scripts("LangChain", python("langchain_agent.py"), messages=SONNET, responses=SONNET, chat=SONNET),
    **scripts("Pydantic AI", python("pydantic_agent.py"), messages=SONNET, responses=KNOWN, chat=KNOWN),
}


def warnings_in(answer):
    """The warnings of an answer, whole or in events."""
    for line in answer.decode("utf-8", "replace").splitlines():
        line = line.removeprefix("data:").strip()
        if '"warnings"' in line:
            try:
                yield from gateway_warnings(json.loads(line))
            except ValueError:
                pass


def gateway_warnings(value):
    if isinstance(value, dict):
        gateway = value.get("gateway")
        if isinstance(gateway, dict):
            yield from gateway.get("warnings", [])
        value = [member for name, member in value.items() if name != "gateway"]
    if isinstance(value, list):
        for item in value:
            yield from gateway_warnings(item)


def lossy(exchanges):
    """What was lost on the way to Bedrock, each loss once."""
    warnings = [warning for exchange in exchanges for warning in warnings_in(exchange.answer)]
    lost = [f"{warning['path']}: {warning['message']}" for warning in warnings if warning["lossy"]]
    return list(dict.fromkeys(lost))


def refused(who, exchanges):
    """What was not taken; what is throttled or breaks off by the plan is."""
    for exchange in exchanges:
        if (exchange.status or 0) in range(400, 500) and exchange.status not in (424, 429):
            yield f"{who} {exchange.status} {exchange.answer.decode('utf-8', 'replace')}"


def line(program, column, outcome, details=(), count=None):
    # Each is a line of the table.
    detail = " ".join("; ".join(details).split())[:2500]
    told = {"host": column, "scenario": program, "outcome": outcome, "detail": detail}
    print(json.dumps({**told, **({} if count is None else {"count": count})}), flush=True)


def one(name, run, arguments, gateway, bedrock):
    """Run a program; whether all is well."""
    before = len(bedrock.exchanges)
    with Desk() as desk, relay.Relay(gateway.port) as front, relay.Relay() as elsewhere:
        kit = Kit(arguments, front.port, elsewhere.port)
        began = time.monotonic()
        try:
            desk.check(run(kit, desk))
            outcome, detail = "ok", f"{len(front.exchanges)} requests in {time.monotonic() - began:.0f} s"
        except FileNotFoundError as error:
            outcome, detail = "skipped", str(error)
        except Exception as error:
            outcome, detail = "failed", f"{type(error).__name__}: {error}"
        asked = bedrock.exchanges[before:]
        lost = lossy(front.exchanges)
        wrong = [*refused("gateway", front.exchanges), *refused("Bedrock", asked)]
        if arguments.keep:
            folder = arguments.keep / name.replace(", ", "-").replace(" ", "-").lower()
            relay.keep(front.exchanges, folder / "gateway")
            relay.keep(asked, folder / "bedrock")
        line(name, "agents", outcome, [detail, *(f"asked for {place}" for place in sorted(set(elsewhere.elsewhere)))])
        if outcome != "skipped":
            line(name, "lossy", "ok", lost, len(lost))
            line(name, "refused", "failed" if wrong else "ok", wrong, len(wrong))
        return outcome != "failed" and not wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--emulator", required=True)
    parser.add_argument("--component", required=True)
    parser.add_argument("--wasmtime", required=True)
    parser.add_argument("--node-scripts", required=True, type=pathlib.Path)
    parser.add_argument("--python", required=True)
    parser.add_argument("--keep", type=pathlib.Path)
    parser.add_argument("programs", nargs="*", default=[])
    arguments = parser.parse_args()
    passed = True
    with Emulator(arguments.emulator, pace=0, play="agent") as emulator, relay.Relay(emulator.port) as bedrock:
        settings = {
            **emulator.variables,
            "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": f"http://127.0.0.1:{bedrock.port}",
            "GATEWAY_KEYS": f"agent={KEY}",
            "GATEWAY_MODELS": json.dumps({KNOWN: SONNET}),
        }
        with wasmtime(arguments.wasmtime, arguments.component, settings) as gateway:
            for name, run in PROGRAMS.items():
                if not arguments.programs or name in arguments.programs:
                    passed &= one(name, run, arguments, gateway, bedrock)
    sys.exit(not passed)


if __name__ == "__main__":
    main()
