"""Hold the files of this folder to each other, to the hosts' rules and to the code.

In: this folder, and the repository's root (the folder above, or the first argument). Out: one line for each fault, and
exit status 1 where there is one. Needs Python 3.11 and requirements.txt, and `cargo xtask build` before. Sources: Spin's
manifest v2 and its world `spin:up/platform`, wasmCloud's CRD `WorkloadDeployment` (runtime.wasmcloud.dev/v1alpha1) and
the interfaces that its hosts link, the IAM actions and resources that cfn-lint knows.
"""

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from os.path import normpath
from pathlib import Path

import yaml
from cfnlint import ManualArgs
from cfnlint.api import lint_file
from cfnlint.decode.cfn_yaml import load as load_template

HERE = Path(__file__).resolve().parent

# Of the host, on top of WASI 0.2: interfaces in a draft must be the same to the letter.
WASI = ("cli", "clocks", "filesystem", "http", "io", "random")
DRAFTS = {
    "Spin": {"wasi:keyvalue/store@0.2.0-draft2", "wasi:keyvalue/atomics@0.2.0-draft2"},
    "wasmCloud": {"wasi:keyvalue/store@0.2.0-draft", "wasi:keyvalue/atomics@0.2.0-draft"},
    "wasmtime serve": {"wasi:keyvalue/store@0.2.0-draft", "wasi:keyvalue/atomics@0.2.0-draft"},
}
# Which hosts the manifests give which file to.
RUNS = {
    "bedrock_gateway.wasm": ("Spin", "wasmCloud", "wasmtime serve"),
    "bedrock_gateway_ledger.wasm": ("Spin",),
}

SPIN_COMPONENT = {
    "source", "description", "variables", "environment", "files", "exclude_files", "allowed_outbound_hosts",
    "key_value_stores", "sqlite_databases", "ai_models", "targets", "build", "tool", "dependencies",
    "dependencies_inherit_configuration", "profile",
}  # fmt: skip
SPIN_TOP = {"spin_manifest_version", "application", "variables", "trigger", "component"}
CLOUD_COMPONENT = {
    "name", "image", "imagePullPolicy", "imagePullSecret", "localResources", "poolSize", "maxConcurrency",
    "maxInvocations", "reclaimMinInstances", "reclaimWindowSeconds",
}  # fmt: skip
CLOUD_RESOURCES = {
    "allowedHosts", "allowedHostLoopbackPorts", "allowedIpNameLookups", "config", "environment", "volumeMounts",
}  # fmt: skip
# As both Spin and wasmCloud take them, and narrower: nothing but AWS by HTTPS.
HOST = re.compile(r"https://(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*\.(amazonaws\.com(\.cn)?|api\.aws)")
REGIONAL = re.compile(r"https://bedrock-runtime(?:-fips)?\.([a-z0-9-]+)\.")


def check(here: Path, root: Path) -> list[str]:
    """All faults of the files in `here`, which stand for those of `root`/deploy."""
    known = settings(root)
    faults = [fault for name in CHECKS for fault in faults_of(name, here, root, known)]
    faults += readme(root)
    return faults + [f"{name}: {fault}" for name in RUNS for fault in imports_of(root, name)]


def faults_of(name: str, here: Path, root: Path, known: set[str]) -> list[str]:
    """Those of one file; what cannot be read is one of them."""
    faults = []
    try:
        for fault in CHECKS[name](here / name, root, known):
            faults.append(f"{name}: {fault}")
    except (KeyError, IndexError, TypeError, ValueError, yaml.YAMLError) as error:
        faults.append(f"{name}: {type(error).__name__}: {error}")
    return faults


def settings(root: Path) -> set[str]:
    """The variables that the gateway and the provider read, from their code."""
    files = [file for file in (root / "src").rglob("*.rs") if "tests" not in file.parts]
    files.append(root / "adapters/gateway/src/settings/mod.rs")
    # Tests also name what there is not.
    texts = (file.read_text().split("#[cfg(test)]")[0] for file in files)
    return {name for text in texts for name in re.findall(r'"((?:AWS|GATEWAY)_[A-Z0-9_]+[A-Z0-9])"', text)}


def unknown(variables, known):
    return [f"{name} is no setting of the gateway" for name in variables if name not in known]


def secret(variables):
    hidden = [n for n in variables if re.search(r"_KEYS$|SECRET|TOKEN(?!_FILE)|BEARER", n)]
    return [f"{name} is a secret and stands in the file" for name in hidden]


def outside(keys, allowed):
    return [f"there is no field {key}" for key in keys if key not in allowed]


def hosts(allowed, environment):
    """One host at least, all of AWS, and the region's own among them."""
    faults = [f"{host} is not a host of AWS by HTTPS" for host in allowed if not HOST.fullmatch(host)]
    regions = [found[1] for host in allowed if (found := REGIONAL.match(host))]
    if environment.get("AWS_REGION") not in regions:
        faults.append(f"AWS_REGION is not among the regions whose hosts are allowed, {regions}")
    return faults


def spin(file, root, known):
    manifest = tomllib.loads(file.read_text())
    yield from outside(manifest, SPIN_TOP)
    if manifest["spin_manifest_version"] != 2:
        yield "spin_manifest_version is not 2"
    for trigger in manifest["trigger"]["http"]:
        if trigger["component"] not in manifest["component"]:
            yield f"there is no component {trigger['component']}"
    for name, component in manifest["component"].items():
        if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
            yield f"{name} is not in kebab case"
        yield from outside(component, SPIN_COMPONENT)
        if not Path(normpath(root / "deploy" / component["source"])).is_file():
            yield f"{component['source']} is not there"
        environment = component.get("environment", {})
        yield from unknown(environment, known)
        yield from secret(environment)
        yield from hosts(component.get("allowed_outbound_hosts", []), environment)
        if ("ledger" in component["source"]) != ("key_value_stores" in component):
            yield "the ledger's file and key_value_stores go together"


def wasmcloud(file, root, known):
    manifest = yaml.safe_load(file.read_text())
    if (manifest["apiVersion"], manifest["kind"]) != ("runtime.wasmcloud.dev/v1alpha1", "WorkloadDeployment"):
        yield "it is not a WorkloadDeployment of runtime.wasmcloud.dev/v1alpha1"
    spec = manifest["spec"]["template"]["spec"]
    if not any("incoming-handler" in entry["interfaces"] for entry in spec["hostInterfaces"]):
        yield "nobody hands requests to it"
    for component in spec["components"]:
        yield from outside(component, CLOUD_COMPONENT)
        resources = component["localResources"]
        yield from outside(resources, CLOUD_RESOURCES)
        environment = resources["environment"]
        yield from outside(environment, {"config", "configFrom", "secretFrom"})
        yield from [f"{k} is not text" for k, v in environment["config"].items() if not isinstance(v, str)]
        yield from unknown(environment["config"], known)
        yield from secret(environment["config"])
        yield from hosts(resources.get("allowedHosts", []), environment["config"])


def command(file):
    """The words of the image's command, as JSON."""
    text = file.read_text().replace("\\\n", " ")
    return json.loads(re.search(r"^ENTRYPOINT (\[.*\])", text, re.MULTILINE)[1])


# What an instance needs for a body of 26 MB, as large as Bedrock takes: 128 MiB for text, images or documents, more than
# that where it is all short blocks. Another number is measured first.
MEMORY = 256 << 20


def unlimited(words):
    """Whether a command of `wasmtime serve` leaves it to a client how much memory an instance takes."""
    found = [word.partition("=")[2] for word in words if word.startswith("-Wmax-memory-size=")]
    if found != [str(MEMORY)]:
        yield f"an instance's memory is not limited by -Wmax-memory-size={MEMORY}"


def readme(root):
    """The README's commands of `wasmtime serve`, each with its limit."""
    text = (root / "README.md").read_text().replace("\\\n", " ")
    commands = [line.split() for line in text.splitlines() if line.startswith("wasmtime serve ")]
    if not commands:
        yield "README.md: no command of wasmtime serve was found"
    for words in commands:
        yield from [f"README.md: {fault}" for fault in unlimited(words)]


def containerfile(file, root, _known):
    # Beside the Python that runs this.
    hadolint = Path(sys.executable).parent / "hadolint"
    run = subprocess.run([hadolint, "--no-color", file], capture_output=True, text=True, check=False)
    yield from (run.stdout + run.stderr).splitlines()
    text = file.read_text()
    stages = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    if stages[-1] != "scratch":
        yield "the image has more in it than the host and the gateway"
    for source in re.findall(r"^COPY (?!--from)(\S+)", text, re.MULTILINE):
        if not (root / "target/components" / source).is_file():
            yield f"target/components/{source} is not there"
    user = re.search(r"^USER (\d+)", text, re.MULTILINE)
    if not user or user[1] == "0":
        yield "it runs as root"
    version = re.search(r"^ARG WASMTIME=(\S+)", text, re.MULTILINE)[1]
    if f'name = "wasmtime"\nversion = "{version}"' not in (root / "Cargo.lock").read_text():
        yield f"wasmtime {version} is not the one that the tests run"
    words = command(file)
    for flag in ("-Scli", "-Sinherit-env"):
        if flag not in words:
            yield f"without {flag} the gateway cannot start, or has no settings"
    yield from unlimited(words)
    expose = re.search(r"^EXPOSE (\d+)", text, re.MULTILINE)[1]
    if not any(word.startswith("--addr=") and word.endswith(f":{expose}") for word in words):
        yield f"it does not listen on {expose}"
    if "STOPSIGNAL SIGINT" not in text:
        yield "nothing lets running calls end"


def lint(file):
    """What cfn-lint says, with the rule that an action goes with its resources."""
    config = ManualArgs(include_checks=["I3510"])
    found = lint_file(Path(file), config=config)
    return [f"{match.rule.id} in line {match.linenumber}: {match.message}" for match in found]


def actions(statements):
    """Which actions the statements allow."""
    found = (entry["Action"] for entry in statements)
    return {action for entry in found for action in ([entry] if isinstance(entry, str) else entry)}


def policy(file, _root, _known):
    document = json.loads(file.read_text())
    resource = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document}}
    with tempfile.NamedTemporaryFile("w", suffix=".json") as template:
        json.dump({"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"Policy": resource}}, template)
        template.flush()
        yield from lint(template.name)
    for statement in document["Statement"]:
        if "*" in (statement["Resource"], statement["Action"]) or any("*" in a for a in actions([statement])):
            yield f"{statement['Sid']} allows more than it names"


def stack(file, root, known):
    yield from lint(file)
    resources = load_template(str(file))["Resources"]
    properties = {name: entry.get("Properties", {}) for name, entry in resources.items()}
    gateway = properties["TaskDefinition"]["ContainerDefinitions"][0]
    plain = [variable["Name"] for variable in gateway["Environment"] if "Name" in variable]
    plain += [choice["Fn::If"][1]["Name"] for choice in gateway["Environment"] if "Fn::If" in choice]
    hidden = [variable["Name"] for variable in gateway["Secrets"]]
    yield from unknown(plain + hidden, known)
    yield from secret(plain)
    role = properties["TaskRole"]["Policies"][0]["PolicyDocument"]["Statement"]
    allowed = actions(role + properties["GuardrailPolicy"]["PolicyDocument"]["Statement"])
    wanted = actions(json.loads((file.parents[1] / "iam-policy.json").read_text())["Statement"])
    if allowed != wanted:
        yield f"the task's role and iam-policy.json differ in {sorted(allowed ^ wanted)}"
    target = properties["TargetGroup"]
    ports = {gateway["PortMappings"][0]["ContainerPort"], target["Port"]}
    if {f"--addr=0.0.0.0:{port}" for port in ports} - set(command(file.parents[1] / "Containerfile")):
        yield f"the image does not listen on {sorted(ports)}"
    if f'"{target["HealthCheckPath"]}"' not in (root / "adapters/gateway/src/route.rs").read_text():
        yield f"the gateway has no {target['HealthCheckPath']}"
    if properties["Balancer"]["Scheme"] != "internal":
        yield "the load balancer is open to the internet"


CHECKS = {
    "spin.toml": spin,
    "wasmcloud.yaml": wasmcloud,
    "Containerfile": containerfile,
    "iam-policy.json": policy,
    "aws/fargate.yaml": stack,
}


def imports_of(root, name):
    """What the built file asks for and one of its hosts does not have."""
    file = root / "target/components" / name
    if not file.is_file():
        return ["is not built: `cargo xtask build` first"]
    return lacking(imports(file.read_bytes()), RUNS[name])


def lacking(interfaces, hosts):
    """Which of the interfaces which of the hosts does not have."""
    faults = []
    for interface in interfaces:
        stable = re.fullmatch(r"wasi:([a-z]+)/[a-z-]+@0\.2\.\d+", interface)
        if stable and stable[1] in WASI:
            continue
        faults += [f"{host} has no {interface}" for host in hosts if interface not in DRAFTS[host]]
    return faults


def imports(wasm: bytes) -> list[str]:
    """The names of a component's imports, all of them instances (Component Model, Binary.md)."""

    def number(at):
        value = shift = 0
        while True:
            byte = wasm[at]
            value, shift, at = value | (byte & 0x7F) << shift, shift + 7, at + 1
            if byte < 0x80:
                return value, at

    if wasm[:8] != b"\0asm\x0d\0\x01\0":
        raise ValueError("not a component")
    names, at = [], 8
    while at < len(wasm):
        section = wasm[at]
        size, at = number(at + 1)
        if section == 10:
            count, here = number(at)
            for _ in range(count):
                length, here = number(here + 1)
                names.append(wasm[here : here + length].decode())
                if wasm[here + length] != 5:
                    raise ValueError(f"{names[-1]} is not an instance")
                _, here = number(here + length + 1)
        at += size
    return names


if __name__ == "__main__":
    found = check(HERE, Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else HERE.parent)
    print("\n".join(found) or f"{len(CHECKS)} manifests and {len(RUNS)} components hold")
    sys.exit(1 if found else 0)
