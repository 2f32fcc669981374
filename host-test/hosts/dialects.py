"""The APIs that clients speak: how each asks, and what it answers. Standard library only."""

import json

MODEL = "us.amazon.nova-lite-v1:0"


def expect(what, seen, wanted):
    if seen != wanted:
        raise AssertionError(f"{what}: expected {wanted!r}, saw {seen!r}")


def holds(what, condition, seen=None):
    if not condition:
        raise AssertionError(f"{what}: saw {seen!r}")


class Dialect:
    """One API. `Call` is a call of a tool: its id, name and arguments."""

    name = path = ""

    def question(self, text, model=MODEL, **members):
        """The body of a request."""
        user = {"role": "user", "content": text}
        return {"model": model, "max_tokens": 300, "messages": [user], **members}

    def error(self, body):
        """An error in the client's own shape; its type and message."""
        error = json.loads(body)
        holds("the error's message", error["error"]["message"], error)
        return error["error"]["type"], error["error"]["message"]

    def pieces(self, events):
        """Of a stream: the moments of its pieces of text, the text, whether it ended, and its error."""
        moments, text, ended, error = [], "", False, None
        for moment, name, data in events:
            piece, is_end, problem = self.event(name, data)
            ended, error = ended or is_end, problem or error
            if piece:
                moments.append(moment)
                text += piece
        return moments, text, ended, error

    def event(self, name, data):
        """Of one event: its piece of text, whether it is the end, and its error."""
        raise NotImplementedError


class Anthropic(Dialect):
    name, path = "anthropic", "/v1/messages"

    def tool(self, name, schema):
        return {"name": name, "description": "Tells it.", "input_schema": schema}

    def text(self, answer):
        return "".join(block.get("text", "") for block in answer["content"])

    def call(self, answer):
        expect("stop reason", answer["stop_reason"], "tool_use")
        call = next(block for block in answer["content"] if block["type"] == "tool_use")
        return call["id"], call["name"], call["input"]

    def go_on(self, asked, answer, call_id, result):
        """The next question: the conversation, and what the tool returned."""
        result = {"type": "tool_result", "tool_use_id": call_id, "content": result}
        asked["messages"] += [
            {"role": "assistant", "content": answer["content"]},
            {"role": "user", "content": [result]},
        ]

    def error(self, body):
        expect("the error's type", json.loads(body)["type"], "error")
        return super().error(body)

    def event(self, name, data):
        data = json.loads(data)
        expect("the event's name", name, data["type"])
        error = data["error"] if name == "error" else None
        return data.get("delta", {}).get("text"), name == "message_stop", error


class OpenAi(Dialect):
    name, path = "openai", "/v1/chat/completions"

    def tool(self, name, schema):
        return {"type": "function", "function": {"name": name, "parameters": schema}}

    def text(self, answer):
        return answer["choices"][0]["message"]["content"]

    def call(self, answer):
        expect("finish reason", answer["choices"][0]["finish_reason"], "tool_calls")
        call = answer["choices"][0]["message"]["tool_calls"][0]
        return call["id"], call["function"]["name"], json.loads(call["function"]["arguments"])

    def go_on(self, asked, answer, call_id, result):
        result = {"role": "tool", "tool_call_id": call_id, "content": result}
        asked["messages"] += [answer["choices"][0]["message"], result]

    def event(self, _, data):
        if data == "[DONE]":
            return "", True, None
        data = json.loads(data)
        choices = data.get("choices") or [{}]
        return choices[0].get("delta", {}).get("content"), False, data.get("error")


class Responses(Dialect):
    name, path = "responses", "/v1/responses"

    def question(self, text, model=MODEL, **members):
        user = {"role": "user", "content": text}
        return {"model": model, "max_output_tokens": 300, "input": [user], **members}

    def tool(self, name, schema):
        return {"type": "function", "name": name, "parameters": schema}

    def text(self, answer):
        messages = [item for item in answer["output"] if item["type"] == "message"]
        return "".join(part["text"] for message in messages for part in message["content"])

    def call(self, answer):
        call = next(item for item in answer["output"] if item["type"] == "function_call")
        return call["call_id"], call["name"], json.loads(call["arguments"])

    def go_on(self, asked, answer, call_id, result):
        asked["input"] += [
            *answer["output"],
            {"type": "function_call_output", "call_id": call_id, "output": result},
        ]

    def event(self, name, data):
        data = json.loads(data)
        expect("the event's name", name, data["type"])
        piece = data["delta"] if name == "response.output_text.delta" else ""
        ends = ("response.completed", "response.incomplete")
        return piece, name in ends, data if name == "error" else None


ANTHROPIC = Anthropic()
DIALECTS = {dialect.name: dialect for dialect in (ANTHROPIC, OpenAi(), Responses())}
