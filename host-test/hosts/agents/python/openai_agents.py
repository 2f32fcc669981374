"""A program with the OpenAI Agents SDK; see clerk.py."""

import agents
import openai
from openai.types.shared import Reasoning

import clerk


def ask_with(model_class):
    async def ask(prompt):
        client = openai.AsyncOpenAI(base_url=f"{clerk.URL}/v1", api_key=clerk.KEY)
        clerk_agent = agents.Agent(
            name="Clerk",
            instructions="You are a clerk who works with tools.",
            model=model_class(model=clerk.MODEL, openai_client=client),
            model_settings=agents.ModelSettings(reasoning=Reasoning(effort="medium"), store=False),
            tools=[agents.function_tool(tool) for tool in clerk.TOOLS],
        )
        result = agents.Runner.run_streamed(clerk_agent, prompt)
        async for _ in result.stream_events():
            pass
        return result.final_output

    return ask


if __name__ == "__main__":
    agents.set_tracing_disabled(True)
    clerk.main(
        {
            "responses": ask_with(agents.OpenAIResponsesModel),
            "chat": ask_with(agents.OpenAIChatCompletionsModel),
        }
    )
