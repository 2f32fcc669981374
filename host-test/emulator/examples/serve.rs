//! Serves the emulator until it is interrupted, for clients outside of Rust.
//!
//! `cargo run -p bedrock-emulator --example serve -- 8080`, then export the lines it prints. Without a
//! port it takes a free one.

use bedrock_emulator::{
    Config, EXAMPLE_ACCESS_KEY_ID, EXAMPLE_REGION, EXAMPLE_SECRET_ACCESS_KEY, Emulator,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port = std::env::args().nth(1).map_or(Ok(0), |port| port.parse())?;
    let config = Config {
        port,
        ..Config::default()
    };
    let emulator = Emulator::start(config).await?;
    println!("AWS_ENDPOINT_URL_BEDROCK_RUNTIME={}", emulator.url());
    println!("AWS_ACCESS_KEY_ID={EXAMPLE_ACCESS_KEY_ID}");
    println!("AWS_SECRET_ACCESS_KEY={EXAMPLE_SECRET_ACCESS_KEY}");
    println!("AWS_REGION={EXAMPLE_REGION}");
    println!("AWS_DEFAULT_REGION={EXAMPLE_REGION}");
    std::future::pending().await
}
