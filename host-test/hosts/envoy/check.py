"""The filter in a real Envoy, by deploy/envoy.yaml: one line of JSON for each scenario, status 1 where one failed.

    python3 host-test/hosts/envoy/check.py --envoy ENVOY --emulator target/debug/bedrock-host \\
        --module target/components/bedrock_envoy_filter.wasm [SCENARIO …]
"""

import argparse
import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))

# They add to SCENARIOS.
import calls  # noqa: F401, E402
import own  # noqa: F401, E402
import credentials  # noqa: F401, E402
from scenario import run  # noqa: E402
from stand import EnvoyStand  # noqa: E402


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--envoy", required=True)
    parser.add_argument("--emulator", required=True)
    parser.add_argument("--module", required=True, type=pathlib.Path)
    parser.add_argument("scenarios", nargs="*", default=[])
    arguments = parser.parse_args()
    arguments.module = arguments.module.resolve()
    with EnvoyStand(arguments) as stand:
        passed = run(stand, arguments.scenarios)
    sys.exit(not passed)


if __name__ == "__main__":
    main()
