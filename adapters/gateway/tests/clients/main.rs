//! What real clients send, through the gateway's own reading of it and the provider's core, down to the body that Bedrock
//! gets, and Bedrock's answer back up to what the client reads.
//!
//! `tests/vectors/clients` has what users of other translators reported (`cases.json`, K01 and on) and what unmodified
//! programs were seen to send; each is a test that bears its name. Nothing that is sent is refused by the emulator's
//! rules.

mod caching;
mod content;
mod errors;
mod replay;
mod schemas;
mod support;
mod thinking;
mod tools;

use std::collections::BTreeSet;

/// Every vector, and the test that tries it.
const TRIED: &[(&str, fn())] = &[
    (
        "K01",
        content::k01_tool_references_are_text_and_their_tools_are_offered,
    ),
    ("K03", content::k03_the_billing_header_is_not_sent),
    (
        "K05",
        thinking::k05_no_thinking_where_the_tool_loop_has_none,
    ),
    ("K07", schemas::k07_objects_are_closed),
    ("K09", schemas::k09_any_json_object_is_asked_for_in_words),
    ("K11", schemas::k11_at_most_twenty_tools_are_strict),
    ("K13", tools::k13_ids_that_repeat_are_told_apart),
    ("K15", content::k15_half_a_character_is_replaced),
    ("K17", errors::k17_a_full_context_is_told_by_its_code),
    ("K19", tools::k19_a_freeform_call_comes_back_as_raw_text),
    (
        "K21",
        tools::k21_a_namespaced_call_comes_back_in_its_namespace,
    ),
    ("K23", schemas::k23_nova_gets_references_resolved),
    (
        "K25",
        content::k25_leading_instructions_join_the_system_prompt,
    ),
    ("K27", content::k27_a_pdf_that_is_read_as_text_is_warned_of),
    ("K29", content::k29_parts_in_another_apis_words_are_read),
    ("K31", content::k31_members_of_betas_are_not_sent),
    (
        "K33",
        tools::k33_empty_turns_are_none_and_terminal_events_are_whole,
    ),
    ("K35", content::k35_files_are_told_by_their_names),
    (
        "agent-anthropic-model-name",
        errors::agent_anthropic_model_name,
    ),
    (
        "agent-chat-thinking-without-block",
        thinking::agent_chat_thinking_without_block,
    ),
    (
        "agent-codex-namespace-tools",
        tools::agent_codex_namespace_tools,
    ),
    (
        "agent-custom-call-history",
        tools::agent_custom_call_history,
    ),
    ("agent-custom-tool", tools::agent_custom_tool),
    (
        "agent-display-updates-opus-5-5",
        thinking::agent_display_updates_opus_5_5,
    ),
    (
        "agent-effort-low-on-a-model-with-budgets",
        thinking::agent_effort_low_on_a_model_with_budgets,
    ),
    (
        "agent-no-cache-for-openai-clients",
        caching::agent_no_cache_for_openai_clients,
    ),
    (
        "agent-responses-default-store",
        errors::agent_responses_default_store,
    ),
    (
        "agent-responses-without-reasoning-item",
        thinking::agent_responses_without_reasoning_item,
    ),
    (
        "agent-tool-reference-in-tool-result",
        content::agent_tool_reference_in_tool_result,
    ),
    (
        "agent-unknown-block-compaction",
        content::agent_unknown_block_compaction,
    ),
    (
        "budget-eats-the-answer-adaptive",
        thinking::budget_eats_the_answer_adaptive,
    ),
    (
        "cache-control-inside-tool-result",
        caching::cache_control_inside_tool_result,
    ),
    (
        "cache-control-on-tool-call",
        caching::cache_control_on_tool_call,
    ),
    (
        "context-management-compact",
        content::context_management_compact,
    ),
    ("duplicate-call-ids", tools::duplicate_call_ids),
    ("effort-none-gpt", thinking::effort_none_gpt),
    ("effort-strict", thinking::effort_strict),
    ("empty-last-assistant", content::empty_last_assistant),
    ("file-data-url-case", content::file_data_url_case),
    (
        "file-type-book.xlsx-application_octet-stream",
        content::file_types_follow_media_type_or_name,
    ),
    (
        "file-type-feed.xml-text_xml",
        content::file_types_follow_media_type_or_name,
    ),
    (
        "file-type-notes.md-application_octet-stream",
        content::file_types_follow_media_type_or_name,
    ),
    (
        "file-type-notes.md-text_x-markdown",
        content::file_types_follow_media_type_or_name,
    ),
    ("json-object-tool", schemas::json_object_tool),
    (
        "leading-system-anthropic",
        content::leading_system_anthropic,
    ),
    (
        "native-schema-anthropic-dialect",
        schemas::native_schema_anthropic_dialect,
    ),
    (
        "native-schema-open-objects",
        schemas::native_schema_open_objects,
    ),
    ("reasoning-summary-asked", thinking::reasoning_summary_asked),
    ("strict-tool-constraints", schemas::strict_tool_constraints),
    (
        "thinking-in-tool-loop-responses",
        thinking::thinking_in_tool_loop_responses,
    ),
    ("thinking-tokens", thinking::thinking_tokens),
    (
        "top-level-cache-control-chat",
        caching::top_level_cache_control_chat,
    ),
];

#[test]
fn every_vector_is_tried() {
    let files = std::fs::read_dir(support::FOLDER).expect("vectors");
    let names = files.map(|file| file.expect("a file").file_name());
    let mut vectors: BTreeSet<String> = names
        .filter_map(|name| Some(name.to_str()?.strip_suffix(".json")?.to_owned()))
        .filter(|name| name != "cases")
        .collect();
    let cases = support::vector("cases");
    let ids = cases.as_array().expect("cases").iter();
    vectors.extend(ids.map(|case| case["id"].as_str().expect("an id").to_owned()));
    let tried: BTreeSet<String> = TRIED.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(vectors, tried);
}

#[test]
fn each_vector_is_answered_as_it_should_be() {
    let failed: Vec<&str> = TRIED
        .iter()
        .filter(|(_, test)| std::panic::catch_unwind(test).is_err())
        .map(|(name, _)| *name)
        .collect();
    assert!(failed.is_empty(), "{failed:?} of {}", TRIED.len());
}
