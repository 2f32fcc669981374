//! Load the component, ask a model, print the answer as it comes:
//!
//! ```sh
//! cargo run -p bedrock-host --example embed -- "Why is the sky blue?"
//! ```

use bedrock_host::types::{Chunk, Context, Delta, Request};
use bedrock_host::{Grants, Host, HostConfig};
use std::io::Write;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // Once for the process: an engine, a pool of connections, and the compiled component.
    let host = Host::new(HostConfig::default())?;
    let provider = host.load("target/components/bedrock_provider.wasm")?;

    // Once for each call: an instance with the rights that it needs, here those of AWS's credential chain.
    let instance = provider.instantiate(&Grants::credential_chain()).await?;

    let prompt = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "Say hello.".into());
    let request = Request::new("bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0").user(prompt);
    let context = Context {
        region: Some("us-east-1".into()),
        ..Context::default()
    };

    let mut stream = instance.stream(&request, &context).await?;
    let mut out = std::io::stdout();
    while let Some(chunks) = stream.next().await? {
        for chunk in chunks {
            if let Chunk::ContentBlockDelta(event) = chunk
                && let Delta::TextDelta(text) = event.delta
            {
                out.write_all(text.as_bytes())?;
            }
        }
        out.flush()?;
    }
    writeln!(out)?;
    Ok(())
}
