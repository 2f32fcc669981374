"""Programs with a command line: each set up as its documentation says, with a plan for its own tools.

What is not the task (telemetry, updates, downloads) is off by the program's own settings. Each function runs the
program and returns what it wrote. `kit` says where the gateway is, what its key is, and where the programs are.
"""

import json
import pathlib

VAULT = pathlib.Path(__file__).with_name("vault.py")


def claude_code(kit, desk, *more):
    """Claude Code, with an MCP server whose tool it has to search for."""
    server = {"type": "stdio", "command": "python3", "args": [str(VAULT), desk.word]}
    config = desk.work / "mcp.json"
    config.write_text(json.dumps({"mcpServers": {"vault": server}}))
    prompt = desk.prompt(
        ("throttle",),
        ("call", "Read", {"file_path": str(desk.notes)}),
        ("also", "ToolSearch", {"query": "select:mcp__vault__open_vault"}),
        ("break",),
        ("call", "mcp__vault__open_vault", {"drawer": "upper"}),
        ("also", "Bash", {"command": "wc -l notes.txt"}),
        ("call", "Write", {"file_path": str(desk.answer), "content": "<1> <3>\n"}),
        ("say", "The words are <1> and <3>."),
    )
    env = {
        "ANTHROPIC_BASE_URL": kit.url,
        "ANTHROPIC_AUTH_TOKEN": kit.key,
        "CLAUDE_CONFIG_DIR": str(desk.home / "claude"),
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_AUTOUPDATER": "1",
        # The server is there before the first question, however slow the machine.
        "MCP_CONNECTION_NONBLOCKING": "0",
    }
    allowed = "Read,Write,Bash,ToolSearch,mcp__vault__open_vault"
    command = [kit.claude, "--print", "--strict-mcp-config", "--mcp-config", config, "--allowedTools", allowed]
    return desk.run([*command, *more], {**kit.elsewhere, **env}, prompt)


def codex(kit, desk, model, *orders, more=""):
    """Codex, with an MCP server, and a plan for the tools that it gives to this model."""
    home = desk.home / "codex"
    home.mkdir()
    (home / "config.toml").write_text(
        f"""model = "{model}"
model_provider = "bedrock"
web_search = "disabled"
check_for_update_on_startup = false
approval_policy = "never"
sandbox_mode = "danger-full-access"
{more}

[model_providers.bedrock]
name = "Bedrock"
base_url = "{kit.url}/v1"
env_key = "GATEWAY_KEY"

[mcp_servers.vault]
command = "python3"
args = ["{VAULT}", "{desk.word}"]

[features]
plugins = false

[analytics]
enabled = false
"""
    )
    prompt = desk.prompt(("throttle",), ("call", "exec_command", {"cmd": f"cat {desk.notes}"}), *orders)
    env = {"CODEX_HOME": str(home), "GATEWAY_KEY": kit.key}
    return desk.run([kit.codex, "exec", "--skip-git-repo-check", "-"], {**kit.elsewhere, **env}, prompt)


def codex_by_its_names(kit, desk):
    """By the name of a model that Codex knows it gives `apply_patch`, and has MCP's tools searched for."""
    patch = f"*** Begin Patch\n*** Add File: {desk.answer}\n+<1> <3>\n*** End Patch\n"
    return codex(
        kit,
        desk,
        kit.known_model,
        ("also", "tool_search", {"query": "open the vault"}),
        ("break",),
        ("call", "open_vault", {"drawer": "upper"}),
        ("call", "apply_patch", patch),
        ("say", "The words are <1> and <3>."),
    )


def codex_by_other_names(kit, desk):
    """By another name it gives all tools at once, MCP's in a namespace."""
    return codex(
        kit,
        desk,
        kit.model,
        ("also", "open_vault", {"drawer": "upper"}),
        ("break",),
        ("call", "exec_command", {"cmd": f"echo '<1> <2>' > {desk.answer}"}),
        ("say", "The words are <1> and <2>."),
        more='model_reasoning_effort = "medium"',
    )


def opencode(kit, desk, model, provider):
    """opencode, with an MCP server."""
    folder = desk.home / "config" / "opencode"
    folder.mkdir(parents=True)
    config = {
        "autoupdate": False,
        "share": "disabled",
        "permission": "allow",
        "model": model,
        "provider": provider,
        "mcp": {"vault": {"type": "local", "command": ["python3", str(VAULT), desk.word]}},
    }
    (folder / "opencode.json").write_text(json.dumps(config))
    prompt = desk.prompt(
        ("throttle",),
        ("call", "read", {"filePath": str(desk.notes)}),
        ("also", "vault_open_vault", {"drawer": "upper"}),
        ("break",),
        ("call", "write", {"filePath": str(desk.answer), "content": "<1> <2>\n"}),
        ("say", "The words are <1> and <2>."),
    )
    off = ("DISABLE_AUTOUPDATE", "DISABLE_MODELS_FETCH", "DISABLE_LSP_DOWNLOAD", "PURE")
    env = {f"OPENCODE_{name}": "1" for name in off}
    return desk.run([kit.opencode, "run"], {**kit.elsewhere, **env}, prompt)


def opencode_by_messages(kit, desk):
    """By Anthropic's API and Anthropic's names of models."""
    options = {"baseURL": f"{kit.url}/v1", "apiKey": kit.key}
    return opencode(kit, desk, "anthropic/claude-sonnet-4-5", {"anthropic": {"options": options}})


def opencode_by_chat(kit, desk):
    """As any provider with OpenAI's API."""
    provider = {
        "npm": "@ai-sdk/openai-compatible",
        "name": "Bedrock",
        "options": {"baseURL": f"{kit.url}/v1", "apiKey": kit.key},
        "models": {kit.adaptive_model: {"name": "Claude", "reasoning": True, "tool_call": True}},
    }
    return opencode(kit, desk, f"bedrock/{kit.adaptive_model}", {"bedrock": provider})


def script(kit, desk, command, api, model):
    """A program that is made with a library, for one API: clerk.py, ai_sdk.mjs."""
    prompt = desk.prompt(
        ("throttle",),
        ("call", "read_note", {"path": str(desk.notes)}),
        ("also", "open_vault", {"drawer": {"side": "left", "number": 3}, "reason": "a note"}),
        ("break",),
        ("call", "write_note", {"path": str(desk.answer), "lines": ["<1>", "<2>"]}),
        ("say", "The words are <1> and <2>."),
    )
    env = {"GATEWAY_URL": kit.url, "GATEWAY_KEY": kit.key, "GATEWAY_MODEL": model, "VAULT_WORD": desk.word}
    return desk.run([*command, api], {**kit.elsewhere, **env}, prompt)
