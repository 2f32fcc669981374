//! Canonical requests and the bodies they become.

mod accepted;
mod arbitrary;
mod auto_cache;
mod betas;
mod by_products;
mod cache;
mod cache_rules;
mod call_ids;
mod cases;
mod choice;
mod citations;
mod cost;
mod documents;
mod extensions;
mod formats;
mod given;
mod hostile;
mod instructions;
mod media;
mod metadata;
mod models;
mod names;
mod output;
mod properties;
mod provider_tools;
mod recorded;
mod refusals;
mod sampling;
mod schemas;
mod sent;
mod settings;
mod state;
mod thinking;
mod thinking_replay;
mod tool_loops;
mod tool_results;
mod tools;
mod turns;
mod unsupported;

use crate::canonical::{
    CacheTtl, ContentBlock, Context, Message, PlainText, Request, Role, TextBlock, Tool,
    ToolChoiceMode, ToolResultBlock, ToolResultContent, ToolUseBlock,
};
use crate::exchange::{Operation, State};
use given::*;
use sent::*;

const CLAUDE: &str = "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const CLAUDE_3: &str = "bedrock/anthropic.claude-3-haiku-20240307-v1:0";
const OPUS_4_5: &str = "bedrock/us.anthropic.claude-opus-4-5-20251101-v1:0";
const OPUS_4_6: &str = "bedrock/us.anthropic.claude-opus-4-6-v1";
const OPUS_4_7: &str = "bedrock/us.anthropic.claude-opus-4-7";
const OPUS_4_8: &str = "bedrock/us.anthropic.claude-opus-4-8";
const OPUS_5_5: &str = "bedrock/us.anthropic.claude-opus-5-5";
const HAIKU_5_5: &str = "bedrock/us.anthropic.claude-haiku-5-5";
const FABLE: &str = "bedrock/us.anthropic.claude-fable-5";
const NOVA: &str = "bedrock/amazon.nova-lite-v1:0";
const NOVA_MICRO: &str = "bedrock/amazon.nova-micro-v1:0";
const NOVA_2: &str = "bedrock/us.amazon.nova-2-lite-v1:0";
const TITAN: &str = "bedrock/amazon.titan-text-express-v1";
const LLAMA_2: &str = "bedrock/meta.llama2-70b-chat-v1";
const LLAMA_3: &str = "bedrock/meta.llama3-70b-instruct-v1:0";
const LLAMA: &str = "bedrock/meta.llama3-1-70b-instruct-v1:0";
const LLAMA_4: &str = "bedrock/us.meta.llama4-scout-17b-instruct-v1:0";
const MISTRAL_7B: &str = "bedrock/mistral.mistral-7b-instruct-v0:2";
const MIXTRAL: &str = "bedrock/mistral.mixtral-8x7b-instruct-v0:1";
const MISTRAL: &str = "bedrock/mistral.mistral-large-2407-v1:0";
const PIXTRAL: &str = "bedrock/us.mistral.pixtral-large-2502-v1:0";
const COMMAND: &str = "bedrock/cohere.command-text-v14";
const COMMAND_R: &str = "bedrock/cohere.command-r-plus-v1:0";
const JAMBA: &str = "bedrock/ai21.jamba-1-5-large-v1:0";
const DEEPSEEK_R1: &str = "bedrock/us.deepseek.r1-v1:0";
const DEEPSEEK: &str = "bedrock/deepseek.v3-v1:0";
const GPT_OSS: &str = "bedrock/openai.gpt-oss-120b-1:0";
const GPT: &str = "bedrock/us.openai.gpt-5.5";
const GROK: &str = "bedrock/us.xai.grok-4.6";
const QWEN: &str = "bedrock/qwen.qwen3-235b-a22b-2507-v1:0";
const KIMI: &str = "bedrock/moonshot.kimi-k2-thinking";
const GLM: &str = "bedrock/zai.glm-5";
const MINIMAX: &str = "bedrock/minimax.minimax-m2";
const PALMYRA: &str = "bedrock/us.writer.palmyra-x5-v1:0";
const UNKNOWN: &str = "bedrock/nobody.model-v1";

/// What Claude's answers are asked for besides: which stop sequence ended them.
const RESPONSE_PATHS: &str = "additionalModelResponseFieldPaths";
