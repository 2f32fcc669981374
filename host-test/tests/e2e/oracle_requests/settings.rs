//! How the answer shall be: lengths, sampling, thinking, its format, and what AWS alone knows.

use super::sdk_words::{self as its, claude, thinking_claude};
use super::words::*;
use super::{Case, case};
use aws_sdk_bedrockruntime::types as sdk;
use bedrock_host::types::{OutputConfig, OutputFormat, Request, Thinking, ThinkingDisplay, Tool};
use serde_json::json;

fn effort(word: &str) -> Option<OutputConfig> {
    Some(OutputConfig {
        format: None,
        effort: Some(word.into()),
    })
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(
            "every setting of Claude's",
            Request {
                max_tokens: Some(1000),
                temperature: Some(0.25),
                top_p: Some(0.5),
                top_k: Some(40),
                stop_sequences: vec!["END".into(), "\n\nHuman:".into()],
                ..hi(CLAUDE)
            },
            |call| {
                claude(call)
                    .messages(its::hi())
                    .inference_config(its::inference(|config| {
                        config
                            .max_tokens(1000)
                            .temperature(0.25)
                            .top_p(0.5)
                            .stop_sequences("END")
                            .stop_sequences("\n\nHuman:")
                    }))
                    .additional_model_request_fields(its::document(json!({"top_k": 40})))
            },
        ),
        case(
            "every setting of Nova's, at its least",
            Request {
                max_tokens: Some(1),
                temperature: Some(0.0),
                top_p: Some(0.0),
                top_k: Some(1),
                ..hi(NOVA)
            },
            |call| {
                let fields = json!({"inferenceConfig": {"topK": 1}});
                call.messages(its::hi())
                    .inference_config(its::inference(|config| {
                        config.max_tokens(1).temperature(0.0).top_p(0.0)
                    }))
                    .additional_model_request_fields(its::document(fields))
            },
        ),
        case(
            "settings that the model refuses",
            Request {
                temperature: Some(0.5),
                top_p: Some(0.5),
                top_k: Some(5),
                ..hi(CLAUDE_4_8)
            },
            |call| claude(call).messages(its::hi()),
        ),
        case(
            "a top_k for a family that takes none",
            Request {
                max_tokens: Some(100),
                top_p: Some(0.75),
                top_k: Some(5),
                ..hi(LLAMA)
            },
            |call| {
                call.messages(its::hi())
                    .inference_config(its::inference(|config| config.max_tokens(100).top_p(0.75)))
            },
        ),
        case(
            "thinking that adapts, with an effort",
            Request {
                thinking: Some(Thinking::Adaptive(ThinkingDisplay {
                    display: Some("omitted".into()),
                })),
                output: effort("medium"),
                ..hi(CLAUDE_4_7)
            },
            |call| {
                let fields = json!({"thinking": {"type": "adaptive", "display": "omitted"}});
                thinking_claude(call)
                    .messages(its::hi())
                    .additional_model_request_fields(its::document(fields))
                    .output_config(sdk::OutputConfig::builder().effort("medium").build())
            },
        ),
        case(
            "a budget for Nova, which knows efforts",
            Request {
                max_tokens: Some(5000),
                thinking: budget(3000),
                ..hi(NOVA_2)
            },
            |call| {
                let fields =
                    json!({"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "medium"}});
                call.messages(its::hi())
                    .inference_config(its::inference(|config| config.max_tokens(5000)))
                    .additional_model_request_fields(its::document(fields))
            },
        ),
        case(
            "an effort of gpt-oss",
            Request {
                max_tokens: Some(100),
                temperature: Some(0.5),
                output: effort("high"),
                ..hi(GPT_OSS)
            },
            |call| {
                let fields = json!({"reasoning_effort": "high"});
                call.messages(its::hi())
                    .inference_config(its::inference(|config| {
                        config.max_tokens(100).temperature(0.5)
                    }))
                    .additional_model_request_fields(its::document(fields))
            },
        ),
        case(
            "an answer that is JSON",
            Request {
                output: Some(OutputConfig {
                    format: Some(OutputFormat {
                        name: Some("city".into()),
                        description: Some("A city".into()),
                        schema: CLOSED_SCHEMA.into(),
                    }),
                    effort: None,
                }),
                ..hi(CLAUDE_4_5)
            },
            |call| {
                let schema = sdk::JsonSchemaDefinition::builder()
                    .name("city")
                    .description("A city")
                    .schema(CLOSED_SCHEMA);
                let schema = schema.build().expect("a whole schema");
                let format = sdk::OutputFormat::builder()
                    .r#type(sdk::OutputFormatType::JsonSchema)
                    .structure(sdk::OutputFormatStructure::JsonSchema(schema));
                let format = format.build().expect("a whole format");
                claude(call)
                    .messages(its::hi())
                    .output_config(sdk::OutputConfig::builder().text_format(format).build())
            },
        ),
        case(
            "betas",
            Request {
                betas: vec!["interleaved-thinking-2025-05-14".into()],
                ..hi(CLAUDE)
            },
            |call| {
                let fields = json!({"anthropic_beta": ["interleaved-thinking-2025-05-14"]});
                claude(call)
                    .messages(its::hi())
                    .additional_model_request_fields(its::document(fields))
            },
        ),
        case(
            "a tool of Anthropic's own",
            Request {
                tools: vec![Tool {
                    name: "computer".into(),
                    description: None,
                    input_schema: r#"{"display_width_px":800,"display_height_px":600}"#.into(),
                    server_type: Some("computer_20250124".into()),
                    ..weather()
                }],
                ..hi(CLAUDE)
            },
            |call| {
                let fields = json!({
                    "anthropic_beta": ["computer-use-2025-01-24"],
                    "tools": [{
                        "type": "computer_20250124", "name": "computer",
                        "display_width_px": 800, "display_height_px": 600,
                    }],
                });
                claude(call)
                    .messages(its::hi())
                    .additional_model_request_fields(its::document(fields))
            },
        ),
        case(
            "a guardrail",
            Request {
                // How a stream is guarded is not for this call.
                extensions: extensions(json!({"guardrailConfig": {
                    "guardrailIdentifier": "abc123", "guardrailVersion": "DRAFT", "trace": "enabled",
                    "streamProcessingMode": "async",
                }})),
                ..hi(NOVA)
            },
            |call| {
                let guardrail = sdk::GuardrailConfiguration::builder()
                    .guardrail_identifier("abc123")
                    .guardrail_version("DRAFT")
                    .trace(sdk::GuardrailTrace::Enabled);
                call.messages(its::hi()).guardrail_config(guardrail.build())
            },
        ),
        case(
            "a tier, a latency and metadata",
            Request {
                service_tier: Some("priority".into()),
                metadata: vec![
                    ("user_id".into(), "u-42".into()),
                    ("team".into(), "a b:c@d$e#f=g/h+i,j-k.l".into()),
                ],
                extensions: extensions(json!({"performanceConfig": {"latency": "optimized"}})),
                ..hi(CLAUDE)
            },
            |call| {
                let tier = sdk::ServiceTier::builder().r#type(sdk::ServiceTierType::Priority);
                let latency = sdk::PerformanceConfiguration::builder()
                    .latency(sdk::PerformanceConfigLatency::Optimized);
                claude(call)
                    .messages(its::hi())
                    .service_tier(tier.build().expect("a whole tier"))
                    .performance_config(latency.build())
                    .request_metadata("user_id", "u-42")
                    .request_metadata("team", "a b:c@d$e#f=g/h+i,j-k.l")
            },
        ),
        case(
            "Anthropic's word for the usual tier",
            Request {
                service_tier: Some("standard_only".into()),
                ..hi(NOVA)
            },
            |call| {
                let tier = sdk::ServiceTier::builder().r#type(sdk::ServiceTierType::Default);
                call.messages(its::hi())
                    .service_tier(tier.build().expect("a whole tier"))
            },
        ),
        case(
            "fields and paths of the model's own",
            Request {
                extensions: extensions(json!({
                    "additionalModelRequestFields": {"seed": 7, "deep": {"list": [1, -2, 0.5, true, null, "é"]}},
                    "additionalModelResponseFieldPaths": ["/usage/output_tokens_details"],
                })),
                ..hi(CLAUDE)
            },
            |call| {
                let fields = json!({"seed": 7, "deep": {"list": [1, -2, 0.5, true, null, "é"]}});
                claude(call)
                    .messages(its::hi())
                    .additional_model_request_fields(its::document(fields))
                    .additional_model_response_field_paths("/usage/output_tokens_details")
            },
        ),
        case(
            "a stored prompt with variables",
            Request {
                extensions: extensions(json!({"promptVariables": {"topic": {"text": "rocks"}}})),
                ..Request::new("bedrock/arn:aws:bedrock:us-east-1:123456789012:prompt/ABCDEFGHIJ:1")
            },
            |call| call.prompt_variables("topic", sdk::PromptVariableValues::Text("rocks".into())),
        ),
    ]
}
