//! The official SDK, unmodified, takes the emulator for Bedrock.

mod answers;
mod failures;

use aws_sdk_bedrockruntime::Client;
use aws_sdk_bedrockruntime::config::retry::RetryConfig;
use aws_sdk_bedrockruntime::config::{BehaviorVersion, Builder, Credentials, Region};
use aws_sdk_bedrockruntime::operation::converse_stream::ConverseStreamOutput;
use aws_sdk_bedrockruntime::types::{
    ContentBlock, ConversationRole, ConverseStreamOutput as Event, Message,
};
use bedrock_emulator::{Config, EXAMPLE_ACCESS_KEY_ID, EXAMPLE_SECRET_ACCESS_KEY, Emulator};
use std::fmt::Debug;

const MODEL: &str = "us.anthropic.claude-sonnet-4-20250514-v1:0";
/// The same without its inference profile: tokens are counted by it.
const BARE_MODEL: &str = "anthropic.claude-sonnet-4-20250514-v1:0";

fn client_with(emulator: &Emulator, change: impl FnOnce(Builder) -> Builder) -> Client {
    let builder = aws_sdk_bedrockruntime::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(emulator.url())
        .retry_config(RetryConfig::disabled())
        .http_client(aws_smithy_http_client::Builder::new().build_http());
    Client::from_conf(change(builder).build())
}

fn keys(id: &str, secret: &str, token: Option<&str>) -> Credentials {
    Credentials::new(id, secret, token.map(str::to_owned), None, "test")
}

fn client(emulator: &Emulator) -> Client {
    let keys = keys(EXAMPLE_ACCESS_KEY_ID, EXAMPLE_SECRET_ACCESS_KEY, None);
    client_with(emulator, |config| config.credentials_provider(keys))
}

async fn start(config: Config) -> Emulator {
    Emulator::start(config).await.expect("a port")
}

fn user(text: &str) -> Message {
    Message::builder()
        .role(ConversationRole::User)
        .content(ContentBlock::Text(text.to_owned()))
        .build()
        .expect("a whole message")
}

/// Events of a stream, and the error that ended it.
async fn drain(mut answer: ConverseStreamOutput) -> (Vec<Event>, Option<impl Debug>) {
    let mut events = Vec::new();
    loop {
        match answer.stream.recv().await {
            Ok(Some(event)) => events.push(event),
            Ok(None) => return (events, None),
            Err(error) => return (events, Some(error)),
        }
    }
}
