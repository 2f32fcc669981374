"""A program with Pydantic AI; see clerk.py."""

from pydantic_ai import Agent
from pydantic_ai.models.anthropic import AnthropicModel, AnthropicModelSettings
from pydantic_ai.models.openai import (
    OpenAIChatModel,
    OpenAIChatModelSettings,
    OpenAIResponsesModel,
    OpenAIResponsesModelSettings,
)
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.openai import OpenAIProvider

import clerk


def messages():
    thinking = {"type": "enabled", "budget_tokens": 2000}
    settings = AnthropicModelSettings(max_tokens=8000, anthropic_thinking=thinking, anthropic_cache_instructions=True)
    return AnthropicModel(clerk.MODEL, provider=AnthropicProvider(base_url=clerk.URL, api_key=clerk.KEY)), settings


def openai():
    return OpenAIProvider(base_url=f"{clerk.URL}/v1", api_key=clerk.KEY)


def chat():
    return OpenAIChatModel(clerk.MODEL, provider=openai()), OpenAIChatModelSettings(openai_reasoning_effort="medium")


def responses():
    settings = OpenAIResponsesModelSettings(
        openai_reasoning_effort="medium", openai_reasoning_summary="auto", openai_store=False
    )
    return OpenAIResponsesModel(clerk.MODEL, provider=openai()), settings


async def read(_, events):
    async for _ in events:
        pass


def ask_with(make):
    async def ask(prompt):
        model, settings = make()
        agent = Agent(
            model, instructions="You are a clerk who works with tools.", tools=clerk.TOOLS, model_settings=settings
        )
        # With somebody who reads the events the answers are streams.
        return (await agent.run(prompt, event_stream_handler=read)).output

    return ask


if __name__ == "__main__":
    clerk.main({"messages": ask_with(messages), "chat": ask_with(chat), "responses": ask_with(responses)})
