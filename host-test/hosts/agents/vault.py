"""An MCP server on standard input and output, with a tool that returns a word which nobody else knows.

    python3 vault.py WORD

Standard library only; source: Model Context Protocol, revision 2025-06-18.
"""

import json
import sys

TOOL = {
    "name": "open_vault",
    "description": "Opens the vault and returns the word that is kept in it.",
    "inputSchema": {
        "type": "object",
        "properties": {
            "drawer": {"type": "string", "description": "Which drawer.", "minLength": 1},
            "depth": {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": None, "description": "Not needed."},
        },
        "required": ["drawer"],
        "additionalProperties": False,
    },
}


def result(method, params, word):
    """What a request returns; None for a method that is not known."""
    if method == "initialize":
        return {
            "protocolVersion": params.get("protocolVersion", "2025-06-18"),
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "vault", "version": "1.0.0"},
        }
    if method == "tools/list":
        return {"tools": [TOOL]}
    if method == "tools/call":
        drawer = params.get("arguments", {}).get("drawer")
        return {"content": [{"type": "text", "text": f"In the {drawer} drawer there is {word}."}]}
    return {} if method == "ping" else None


def main():
    for line in sys.stdin:
        asked = json.loads(line)
        if "id" not in asked or "method" not in asked:
            continue
        told = result(asked["method"], asked.get("params", {}), sys.argv[1])
        answer = {"jsonrpc": "2.0", "id": asked["id"]}
        answer |= {"result": told} if told is not None else {"error": {"code": -32601, "message": "no such method"}}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
