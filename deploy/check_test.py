"""Each rule of check.py finds the fault that it is there for."""

import shutil
import sys
import tempfile
import unittest
from pathlib import Path

import check

ROOT = check.HERE.parent

# File, what is changed into what, a word of the fault that must be told.
FAULTS = [
    ("spin.toml", "spin_manifest_version = 2", "spin_manifest_version = 1", "is not 2"),
    ("spin.toml", 'component = "gateway"', 'component = "other"', "no component other"),
    ("spin.toml", "[component.gateway]", "[component.Gateway]", "kebab"),
    ("spin.toml", "allowed_outbound_hosts =", "allowed_hosts =", "no field allowed_hosts"),
    ("spin.toml", "bedrock_gateway.wasm", "bedrock_gate.wasm", "is not there"),
    ("spin.toml", "GATEWAY_PAGE =", "GATEWAY_PAGES =", "GATEWAY_PAGES is no setting"),
    ("spin.toml", "GATEWAY_PAGE =", "GATEWAY_KEYS =", "GATEWAY_KEYS is a secret"),
    ("spin.toml", "https://bedrock", "http://bedrock", "not a host of AWS"),
    ("spin.toml", '"https://bedrock-runtime.us-east-1.amazonaws.com"', '"https://*"', "not a host of AWS"),
    ("spin.toml", 'AWS_REGION = "us-east-1"', 'AWS_REGION = "eu-west-1"', "AWS_REGION is not among"),
    ("spin.toml", "# key_value_stores", "key_value_stores", "go together"),
    ("spin.toml", "[application]", "[application", "TOMLDecodeError"),
    ("wasmcloud.yaml", "WorkloadDeployment", "Application", "not a WorkloadDeployment"),
    ("wasmcloud.yaml", "[incoming-handler]", "[outgoing-handler]", "nobody hands"),
    ("wasmcloud.yaml", "poolSize", "pool", "no field pool"),
    ("wasmcloud.yaml", "allowedHosts:", "hosts:", "no field hosts"),
    ("wasmcloud.yaml", "secretFrom", "secret", "no field secret"),
    ("wasmcloud.yaml", '"off"', "off", "GATEWAY_PAGE is not text"),
    ("wasmcloud.yaml", "AWS_REGION: us", "AWS_REGIO: us", "AWS_REGIO is no setting"),
    ("wasmcloud.yaml", "AWS_REGION: us", "AWS_BEARER_TOKEN_BEDROCK: us", "is a secret"),
    ("wasmcloud.yaml", "amazonaws.com", "example.com", "not a host of AWS"),
    ("wasmcloud.yaml", "spec:", "spec", "ScannerError"),
    ("Containerfile", "USER 65532:65532", "USER 0", "runs as root"),
    ("Containerfile", "FROM scratch", "FROM docker.io/library/debian:13", "more in it"),
    ("Containerfile", "FROM scratch", "FROM scratch:latest AS build", "DL"),
    ("Containerfile", "COPY bedrock_gateway.wasm", "COPY gateway.wasm", "components/gateway.wasm is not there"),
    ("Containerfile", "WASMTIME=48.0.8", "WASMTIME=1.0.0", "not the one"),
    ("Containerfile", '"-Sinherit-env", ', "", "without -Sinherit-env"),
    ("Containerfile", '"-Wmax-memory-size=268435456", ', "", "memory is not limited"),
    ("Containerfile", "-Wmax-memory-size=268435456", "-Wmax-memory-size=0", "memory is not limited"),
    ("Containerfile", "EXPOSE 8080", "EXPOSE 8081", "does not listen"),
    ("Containerfile", "STOPSIGNAL SIGINT", "", "running calls"),
    ("iam-policy.json", "bedrock:CountTokens", "bedrock:CountToken", "counttoken"),
    ("iam-policy.json", '"bedrock:CountTokens"', '"bedrock:*"', "more than it names"),
    ("iam-policy.json", '"arn:aws:bedrock:*:123456789012:guardrail/*"', '"*"', "more than it names"),
    ("iam-policy.json", ":guardrail/*", ":prompt/*", "requires a resource"),
    ("iam-policy.json", '"Version"', '"Version', "JSONDecodeError"),
    ("aws/fargate.yaml", "Scheme: internal", "Scheme: internet-facing", "open to the internet"),
    ("aws/fargate.yaml", "HealthCheckPath: /healthz", "HealthCheckPath: /health", "has no /health"),
    ("aws/fargate.yaml", "ContainerPort: 8080, Protocol", "ContainerPort: 8081, Protocol", "does not listen"),
    ("aws/fargate.yaml", "{Name: GATEWAY_PAGE,", "{Name: GATEWAY_PAG,", "GATEWAY_PAG is no setting"),
    ("aws/fargate.yaml", "Name: GATEWAY_MAX_USD_PER_REQUEST", "Name: GATEWAY_MAX_USD", "GATEWAY_MAX_USD is no setting"),
    ("aws/fargate.yaml", "{Name: GATEWAY_PAGE,", "{Name: GATEWAY_KEYS,", "is a secret"),
    ("aws/fargate.yaml", "bedrock:CountTokens", "bedrock:RenderPrompt", "differ in"),
    ("aws/fargate.yaml", "NetworkMode: awsvpc", "NetworkMod: awsvpc", "NetworkMod"),
]


class Check(unittest.TestCase):
    def test_the_files_hold(self):
        self.assertEqual(check.check(check.HERE, ROOT), [])

    def each_is_found_in(self, file):
        known = check.settings(ROOT)
        for name, old, new, word in FAULTS:
            if name != file:
                continue
            with self.subTest(new=new), tempfile.TemporaryDirectory() as folder:
                here = Path(folder) / "deploy"
                shutil.copytree(check.HERE, here)
                text = (here / name).read_text()
                self.assertIn(old, text)
                (here / name).write_text(text.replace(old, new, 1))
                found = check.faults_of(name, here, ROOT, known)
                self.assertTrue(any(word in fault for fault in found), found)

    def test_faults_of_spin_are_found(self):
        self.each_is_found_in("spin.toml")

    def test_faults_of_wasmcloud_are_found(self):
        self.each_is_found_in("wasmcloud.yaml")

    def test_faults_of_the_image_are_found(self):
        self.each_is_found_in("Containerfile")

    def test_faults_of_the_policy_are_found(self):
        self.each_is_found_in("iam-policy.json")

    def test_faults_of_the_stack_are_found(self):
        self.each_is_found_in("aws/fargate.yaml")

    def test_a_command_of_the_readme_without_a_limit_is_found(self):
        limit = f"-Wmax-memory-size={check.MEMORY}"
        for text, count in [
            (f"wasmtime serve -Scli {limit} x.wasm\n", 0),
            (f"wasmtime serve -Scli \\\n  {limit} x.wasm\n", 0),
            (f"wasmtime serve {limit} x.wasm\nwasmtime serve -Scli x.wasm\n", 1),
            ("nothing", 1),
        ]:
            with self.subTest(text=text), tempfile.TemporaryDirectory() as folder:
                (Path(folder) / "README.md").write_text(text)
                self.assertEqual(len(list(check.readme(Path(folder)))), count)

    def test_every_file_has_faults_that_are_tried(self):
        self.assertEqual({name for name, *_ in FAULTS}, set(check.CHECKS))

    def test_imports_are_read_and_held_to_the_hosts(self):
        # A component with one import, `wasi:cli/environment@0.2.6`, an instance of type 0.
        name = b"wasi:cli/environment@0.2.6"
        body = bytes([1, 0, len(name)]) + name + bytes([5, 0])
        wasm = b"\0asm\x0d\0\x01\0" + bytes([10, len(body)]) + body
        self.assertEqual(check.imports(wasm), [name.decode()])
        self.assertEqual(check.lacking(["wasi:cli/environment@0.2.6"], ["wasmCloud"]), [])
        draft = "wasi:keyvalue/store@0.2.0-draft2"
        self.assertEqual(check.lacking([draft], ["Spin"]), [])
        self.assertEqual(check.lacking([draft], ["wasmCloud"]), [f"wasmCloud has no {draft}"])
        self.assertEqual(len(check.lacking(["wasi:sockets/tcp@0.3.0", "llm:provider/ledger@0.1.0"], ["Spin"])), 2)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        ROOT = Path(sys.argv.pop(1)).resolve()
    unittest.main()
