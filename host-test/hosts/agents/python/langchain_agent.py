"""A program with LangChain; see clerk.py."""

from langchain.agents import create_agent
from langchain_anthropic import ChatAnthropic
from langchain_openai import ChatOpenAI

import clerk

THINKING = {"type": "enabled", "budget_tokens": 2000}


def messages():
    return ChatAnthropic(model=clerk.MODEL, base_url=clerk.URL, api_key=clerk.KEY, max_tokens=8000, thinking=THINKING)


def chat():
    return ChatOpenAI(model=clerk.MODEL, base_url=f"{clerk.URL}/v1", api_key=clerk.KEY, reasoning_effort="medium")


def responses():
    return ChatOpenAI(
        model=clerk.MODEL,
        base_url=f"{clerk.URL}/v1",
        api_key=clerk.KEY,
        use_responses_api=True,
        reasoning={"effort": "medium", "summary": "auto"},
        store=False,
        include=["reasoning.encrypted_content"],
    )


def ask_with(model):
    async def ask(prompt):
        agent = create_agent(model(), tools=clerk.TOOLS, system_prompt="You are a clerk who works with tools.")
        asked = {"messages": [{"role": "user", "content": prompt}]}
        async for kind, told in agent.astream(asked, stream_mode=["messages", "values"]):
            if kind == "values":
                state = told
        return state["messages"][-1].text

    return ask


if __name__ == "__main__":
    clerk.main({"messages": ask_with(messages), "chat": ask_with(chat), "responses": ask_with(responses)})
