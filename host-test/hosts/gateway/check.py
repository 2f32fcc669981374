"""The gateway on real hosts: one line of JSON for each scenario, status 1 where one failed.

    python3 host-test/hosts/gateway/check.py --emulator target/debug/bedrock-host \\
        --component target/components/bedrock_gateway.wasm [--wasmtime WASMTIME] [--node NODE --jco JCO] [SCENARIO …]

With `--packages NODE_MODULES` it is the codec of the gateway, on Node, Deno, Bun and workerd.
"""

import argparse
import json
import pathlib
import subprocess
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))

# They add to SCENARIOS.
import calls  # noqa: F401, E402
import own  # noqa: F401, E402
from scenario import run  # noqa: E402
from stand import Bun, Deno, Jco, Node, Wasmtime, Workerd  # noqa: E402


def handler(node):
    """The tests of deploy/worker/gateway.js itself, which need no component."""
    tests = pathlib.Path(__file__).resolve().parents[1] / "fetch/handler.test.mjs"
    done = subprocess.run([node, "--expose-gc", "--test", tests], capture_output=True, text=True)
    outcome = "failed" if done.returncode else "ok"
    line = {"host": "Node", "scenario": "handler", "outcome": outcome}
    if done.returncode:
        line["detail"] = done.stdout[-2000:]
    print(json.dumps(line), flush=True)
    return not done.returncode


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--emulator", required=True)
    parser.add_argument("--component", required=True)
    parser.add_argument("--wasmtime")
    parser.add_argument("--node", default="node")
    parser.add_argument("--jco")
    # Some programs are started in another folder.
    parser.add_argument("--packages", type=lambda path: pathlib.Path(path).resolve())
    parser.add_argument("scenarios", nargs="*", default=[])
    arguments = parser.parse_args()
    passed = True
    if arguments.packages:
        passed &= handler(arguments.node)
    kinds = [(Wasmtime, arguments.wasmtime), (Jco, arguments.jco)]
    if arguments.packages:
        kinds = [(kind, True) for kind in (Node, Deno, Bun, Workerd)]
    for kind, is_asked in kinds:
        if is_asked:
            with kind(arguments) as stand:
                passed &= run(stand, arguments.scenarios)
    sys.exit(not passed)


if __name__ == "__main__":
    main()
