// The official SDKs, made for a gateway, and what all their scenarios ask.

import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";

import { SCHEMA } from "./scenario.mjs";

export const SKY = [{ role: "user", content: "Why is the sky blue?" }];
export const WEATHER = { role: "user", content: "Use the tool: what is the weather in Berlin?" };
export const RESULT = "21 degrees and sunny";
export const TOOL = { name: "get_weather", description: "Tells it.", input_schema: SCHEMA };
export const FUNCTION = { type: "function", function: { name: "get_weather", parameters: SCHEMA } };

export const ofAnthropic = ({ url }, options = {}) => new Anthropic({ baseURL: url, apiKey: "client-key", ...options });
export const ofOpenai = ({ url }, options = {}) => new OpenAI({ baseURL: `${url}/v1`, apiKey: "client-key", ...options });
