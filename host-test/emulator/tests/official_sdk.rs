//! The official SDK, unmodified, takes the emulator for Bedrock.

use aws_sdk_bedrockruntime::Client;
use aws_sdk_bedrockruntime::config::retry::RetryConfig;
use aws_sdk_bedrockruntime::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_bedrockruntime::types::{ContentBlock, ConversationRole, Message};
use bedrock_emulator::{
    Config, EXAMPLE_ACCESS_KEY_ID, EXAMPLE_SECRET_ACCESS_KEY, Emulator, Operation, Script,
};

const MODEL: &str = "anthropic.claude-sonnet-4-20250514-v1:0";

fn client(emulator: &Emulator, secret: &str, region: &str) -> Client {
    let credentials = Credentials::new(EXAMPLE_ACCESS_KEY_ID, secret, None, None, "test");
    let config = aws_sdk_bedrockruntime::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .endpoint_url(emulator.url())
        .credentials_provider(credentials)
        .retry_config(RetryConfig::disabled())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    Client::from_conf(config)
}

fn example_client(emulator: &Emulator) -> Client {
    client(emulator, EXAMPLE_SECRET_ACCESS_KEY, "us-east-1")
}

fn user(text: &str) -> Message {
    Message::builder()
        .role(ConversationRole::User)
        .content(ContentBlock::Text(text.to_owned()))
        .build()
        .expect("a whole message")
}

#[tokio::test]
async fn converse_gives_the_scripted_text() {
    let config = Config::default().script(
        Operation::Converse,
        Script::text("Hello from a small bedrock."),
    );
    let emulator = Emulator::start(config).await.expect("a port");
    let answer = example_client(&emulator)
        .converse()
        .model_id(MODEL)
        .messages(user("Hi"))
        .send()
        .await;
    let answer = answer.expect("an answer");
    let message = answer
        .output()
        .and_then(|output| output.as_message().ok())
        .expect("a message");
    let text = message
        .content()
        .first()
        .and_then(|block| block.as_text().ok());
    assert_eq!(
        text.map(String::as_str),
        Some("Hello from a small bedrock.")
    );
    assert_eq!(answer.stop_reason().as_str(), "end_turn");
    emulator.shutdown().await;
}
