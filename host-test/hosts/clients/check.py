"""The official SDKs for Python against the gateway: one line of JSON for each scenario, status 1 where one failed.

    VENV/bin/python host-test/hosts/clients/check.py --emulator target/debug/bedrock-host \\
        --component target/components/bedrock_gateway.wasm --wasmtime WASMTIME [SCENARIO …]

Needs requirements.txt. The calls are written as the SDKs' own documentation shows.
"""

import argparse
import pathlib
import sys

HOSTS = pathlib.Path(__file__).resolve().parents[1]
sys.path += [str(HOSTS), str(HOSTS / "gateway")]

# They add to SCENARIOS.
import basics  # noqa: F401, E402
import content  # noqa: F401, E402
from kits import Clients  # noqa: E402
from scenario import run  # noqa: E402


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--emulator", required=True)
    parser.add_argument("--component", required=True)
    parser.add_argument("--wasmtime", required=True)
    parser.add_argument("scenarios", nargs="*", default=[])
    arguments = parser.parse_args()
    with Clients(arguments) as stand:
        passed = run(stand, arguments.scenarios)
    sys.exit(not passed)


if __name__ == "__main__":
    main()
