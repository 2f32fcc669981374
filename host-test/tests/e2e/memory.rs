//! How much memory a call takes, as a multiple of what it carries: a host can say what an instance may have by the
//! longest body that it lets in.

use crate::support::calls::{CLAUDE, calling, emulator, own, reaching};
use crate::support::components::provider;
use bedrock_emulator::{Config, Script};
use bedrock_host::types::{
    ContentBlock, DocumentBlock, Encoded, ImageBlock, Message, Raw, Request, Role, Source,
    TextBlock,
};

const MB: usize = 1_000_000;

/// Bytes of a small element, all in all.
const SMALL: usize = 500;

fn say(request: &mut Request, role: Role, content: Vec<ContentBlock>) {
    request.messages.push(Message { role, content });
}

fn text(bytes: usize) -> ContentBlock {
    ContentBlock::Text(TextBlock::new("x".repeat(bytes)))
}

fn image(source: Source) -> ContentBlock {
    ContentBlock::Image(ImageBlock {
        source,
        cache_control: None,
    })
}

fn one(content: Vec<ContentBlock>) -> Request {
    let mut request = Request::new(CLAUDE);
    say(&mut request, Role::User, content);
    request
}

fn messages(count: usize, bytes: usize) -> Request {
    let mut request = Request::new(CLAUDE);
    for at in 0..count {
        let role = match at % 2 {
            0 => Role::User,
            _ => Role::Assistant,
        };
        say(&mut request, role, vec![text(bytes)]);
    }
    request
}

fn documents(count: usize, bytes: usize) -> Request {
    let document = |at: usize| {
        ContentBlock::Document(DocumentBlock {
            source: Source::Text("x".repeat(bytes)),
            title: Some(format!("document {at}")),
            context: None,
            citations: false,
            cache_control: None,
        })
    };
    one((0..count).map(document).chain([text(10)]).collect())
}

/// Bytes of memory that an instance has after this call.
async fn used(request: &Request) -> usize {
    let emulator = emulator(Config::default().always(Script::text("Hi"))).await;
    let instance = provider().instantiate(&reaching(&emulator.url())).await;
    let mut instance = instance.expect("an instance");
    let answer = instance.complete(request, &calling(&emulator.url())).await;
    if let Err(error) = answer.map_err(own) {
        // Some are more than the service takes, which says so when it has the body.
        assert!(error.status.is_some(), "{error:?}");
    }
    instance.memory_bytes()
}

#[tokio::test]
async fn a_call_takes_a_small_multiple_of_what_it_carries() {
    let base64 = |bytes: usize| {
        Source::Base64(Encoded {
            media_type: "image/png".into(),
            data: "AAAA".repeat(bytes / 4),
        })
    };
    let raw = |bytes: usize| {
        Source::Bytes(Raw {
            media_type: "image/png".into(),
            data: vec![0; bytes],
        })
    };
    let little = used(&one(vec![text(10)])).await;
    println!("{little} bytes of memory for a short question");
    let mut over = Vec::new();
    for (what, bytes, request, most) in [
        ("5 MB of text", 5 * MB, one(vec![text(5 * MB)]), 2.2),
        (
            "5 MB of messages",
            5 * MB,
            messages(5 * MB / SMALL, SMALL),
            2.9,
        ),
        (
            "5 MB of documents",
            5 * MB,
            documents(5 * MB / SMALL, SMALL),
            3.2,
        ),
        (
            "an image of 10 MB in base64",
            10 * MB,
            one(vec![image(base64(10 * MB)), text(10)]),
            2.2,
        ),
        (
            "an image of 10 MB in bytes",
            10 * MB,
            one(vec![image(raw(10 * MB)), text(10)]),
            2.5,
        ),
    ] {
        let times = (used(&request).await - little) as f64 / bytes as f64;
        println!("{times:.2} times {what}, at most {most}");
        if times > most {
            over.push(what);
        }
    }
    assert!(over.is_empty(), "{over:?}");
}
