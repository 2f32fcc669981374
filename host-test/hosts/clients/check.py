"""The official SDKs for Python against the gateway: one line of JSON for each scenario, status 1 where one failed.

    VENV/bin/python host-test/hosts/clients/check.py --emulator target/debug/bedrock-host \\
        --component target/components/bedrock_gateway.wasm --wasmtime WASMTIME \\
        --module target/components/bedrock_envoy_filter.wasm --envoy ENVOY [SCENARIO …]

On `wasmtime serve`, on Envoy, or on both. Needs requirements.txt. The calls are written as the SDKs' own documentation shows.
"""

import argparse
import pathlib
import sys

HOSTS = pathlib.Path(__file__).resolve().parents[1]
sys.path += [str(HOSTS), str(HOSTS / "gateway")]

# They add to SCENARIOS.
import basics  # noqa: F401, E402
import content  # noqa: F401, E402
from kits import Clients, ClientsOfEnvoy  # noqa: E402
from scenario import run  # noqa: E402


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--emulator", required=True)
    parser.add_argument("--component")
    parser.add_argument("--wasmtime")
    parser.add_argument("--module", type=pathlib.Path)
    parser.add_argument("--envoy")
    parser.add_argument("scenarios", nargs="*", default=[])
    arguments = parser.parse_args()
    passed = True
    for kind, is_asked in [(Clients, arguments.wasmtime), (ClientsOfEnvoy, arguments.envoy)]:
        if is_asked:
            with kind(arguments) as stand:
                passed &= run(stand, arguments.scenarios)
    sys.exit(not passed)


if __name__ == "__main__":
    main()
