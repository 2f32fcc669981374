"""The filter in a real Envoy, by deploy/envoy.yaml: one line of JSON for each scenario, status 1 where one failed.

    python3 host-test/hosts/envoy/check.py --envoy ENVOY --emulator target/debug/bedrock-host \\
        --module target/components/bedrock_envoy_filter.wasm [SCENARIO …]
"""

import argparse
import json
import pathlib
import sys
import traceback

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))

# They add to SCENARIOS.
import calls  # noqa: F401, E402
import credentials  # noqa: F401, E402
from scenario import SCENARIOS, Stand  # noqa: E402


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--envoy", required=True)
    parser.add_argument("--emulator", required=True)
    parser.add_argument("--module", required=True, type=pathlib.Path)
    parser.add_argument("scenarios", nargs="*", default=[])
    arguments = parser.parse_args()
    arguments.module = arguments.module.resolve()
    failed = False
    with Stand(arguments) as stand:
        for name, (function, dialect) in SCENARIOS.items():
            if arguments.scenarios and name not in arguments.scenarios:
                continue
            try:
                outcome, detail = "ok", function(stand, dialect)
                stand.is_well()
            except Exception as error:
                failed, outcome = True, "failed"
                place = traceback.extract_tb(error.__traceback__)[-1]
                detail = f"{type(error).__name__}: {error} ({place.name}, line {place.lineno})"[:2000]
            line = {"host": "envoy", "scenario": name, "outcome": outcome, "detail": detail}
            print(json.dumps({key: value for key, value in line.items() if value is not None}), flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()
