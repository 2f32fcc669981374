//! AWS's own client, pointed at an emulator.

use aws_sdk_bedrockruntime::Client;
use aws_sdk_bedrockruntime::config::retry::RetryConfig;
use aws_sdk_bedrockruntime::config::{BehaviorVersion, Credentials, Region};
use bedrock_emulator::{EXAMPLE_ACCESS_KEY_ID, EXAMPLE_REGION, EXAMPLE_SECRET_ACCESS_KEY};

/// A client with the example key, which tries once.
pub(crate) fn client(endpoint: &str) -> Client {
    let keys = Credentials::new(
        EXAMPLE_ACCESS_KEY_ID,
        EXAMPLE_SECRET_ACCESS_KEY,
        None,
        None,
        "test",
    );
    let config = aws_sdk_bedrockruntime::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(EXAMPLE_REGION))
        .endpoint_url(endpoint)
        .retry_config(RetryConfig::disabled())
        .credentials_provider(keys)
        .http_client(aws_smithy_http_client::Builder::new().build_http());
    Client::from_conf(config.build())
}
