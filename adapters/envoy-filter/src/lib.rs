//! AWS Bedrock as an HTTP filter of Envoy: clients speak Anthropic's Messages API or OpenAI's Chat Completions or
//! Responses, Envoy's cluster is Bedrock.
//!
//! In: a client's request to a path of these APIs, the plugin's configuration ([`config`]), the variables of the VM. Out:
//! the same request translated to Converse and signed, and Bedrock's answer translated back, chunk by chunk ([`exchange`]),
//! by the rules of every gateway here, `llm-gateway`. Requests to other paths pass through untouched.
//! Credentials are in the configuration or the variables, or are fetched in the background from the clusters that the
//! configuration names ([`credentials`]).
//!
//! All of that is without I/O and is tested natively; `shell` binds it to proxy-wasm's ABI 0.2.1 in a build for wasm32.
//! Each worker thread of Envoy has a VM of its own, with credentials of its own: no secret is in data that others share.

pub mod config;
pub mod credentials;
pub mod exchange;
pub mod local_reply;

#[cfg(target_arch = "wasm32")]
mod shell;
