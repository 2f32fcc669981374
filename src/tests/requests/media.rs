//! Images, video and audio.

use serde_json::{Value, json};

use super::*;
use crate::canonical::{Encoded, ErrorKind, Source, StoredObject};

fn image(source: Source) -> ContentBlock {
    ContentBlock::Image(image_of(source))
}

/// The turn's blocks.
fn sent_blocks(sent: &Sent) -> &Value {
    &sent.body["messages"][0]["content"]
}

#[test]
fn an_image_is_what_its_bytes_are_whatever_its_label_says() {
    const GIF: &[u8] = b"GIF89a\x01\0";
    const WEBP: &[u8] = b"RIFF\0\0\0\0WEBPVP8 ";
    for (label, bytes_of, format, is_right) in [
        ("image/png", PNG, "png", true),
        ("image/jpeg", JPEG, "jpeg", true),
        ("image/jpg", JPEG, "jpeg", true),
        ("image/gif", GIF, "gif", true),
        ("image/webp", WEBP, "webp", true),
        ("IMAGE/PNG; x=y", PNG, "png", true),
        ("image/jpeg", PNG, "png", false),
        ("image/png", WEBP, "webp", false),
        ("image/tiff", GIF, "gif", true),
    ] {
        let sent = send(&request(
            CLAUDE,
            [user([image(bytes(label, bytes_of)), text("q")])],
        ));
        assert_eq!(sent_blocks(&sent)[0]["image"]["format"], format, "{label}");
        let changed = if is_right {
            &[][..]
        } else {
            &["messages[0].content[0].source.media_type"]
        };
        assert_eq!(sent.changed(), changed, "{label}");
    }
}

#[test]
fn base64_goes_out_as_it_came_without_its_line_breaks() {
    let labelled = |data: &str| request(CLAUDE, [user([image(base64("image/jpeg", data))])]);
    for (data, sent_as) in [
        ("iVBORw0KGgoAAAA=", "iVBORw0KGgoAAAA="),
        ("iVBORw0K\r\nGgoAAAA=\n", "iVBORw0KGgoAAAA="),
    ] {
        let sent = send(&labelled(data));
        assert_eq!(
            sent_blocks(&sent)[0]["image"],
            json!({"format": "png", "source": {"bytes": sent_as}})
        );
    }
    for data in [
        "",
        "a",
        "abc",
        "data:image/png;base64,iVBO",
        "iVB*",
        "=abc",
        "ab===",
    ] {
        let error = refusal(&labelled(data));
        assert_eq!(error.kind, ErrorKind::InvalidRequest, "{data}");
        let path = Some("messages[0].content[0].source.data");
        assert_eq!(error.path.as_deref(), path, "{data}");
    }
}

#[test]
fn an_image_of_no_known_kind_is_refused_by_its_media_type() {
    for source in [bytes("image/tiff", b"II*"), base64("", "AAAA")] {
        let error = refusal(&request(CLAUDE, [user([image(source)])]));
        assert_eq!(error.kind, ErrorKind::Unsupported);
        assert!(error.message.contains("png, jpeg, gif, webp"), "{error:?}");
        let path = Some("messages[0].content[0].source.media_type");
        assert_eq!(error.path.as_deref(), path);
    }
}

#[test]
fn an_address_is_the_host_s_to_fetch() {
    for address in ["https://ex.com/a.png", "http://x", "s3://bucket/key"] {
        for block in [
            image(Source::Url(address.into())),
            ContentBlock::Document(document_of(Source::Url(address.into()), "d")),
        ] {
            let error = refusal(&request(CLAUDE, [user([block])]));
            assert_eq!(error.kind, ErrorKind::Unsupported, "{address}");
            let path = Some("messages[0].content[0].source.url");
            assert_eq!(error.path.as_deref(), path, "{address}");
        }
    }
}

#[test]
fn each_family_gets_the_media_that_it_takes() {
    // Image, document, video, audio.
    for (model, taken) in [
        (CLAUDE_3, [true, true, false, false]),
        (CLAUDE, [true, true, false, false]),
        (
            "bedrock/us.anthropic.claude-3-5-haiku-20241022-v1:0",
            [false, true, false, false],
        ),
        ("bedrock/anthropic.claude-v2:1", [false, true, false, false]),
        (NOVA, [true, true, true, false]),
        (NOVA_MICRO, [false, false, false, false]),
        (NOVA_2, [true, true, true, false]),
        (TITAN, [false, true, false, false]),
        (
            "bedrock/amazon.titan-text-premier-v1:0",
            [false, false, false, false],
        ),
        (LLAMA, [false, true, false, false]),
        (
            "bedrock/us.meta.llama3-2-90b-instruct-v1:0",
            [true, true, false, false],
        ),
        (LLAMA_4, [true, true, false, false]),
        (MISTRAL, [false, true, false, false]),
        (PIXTRAL, [true, true, false, false]),
        (
            "bedrock/mistral.voxtral-mini-3b-2507",
            [false, false, false, true],
        ),
        (COMMAND_R, [false, true, false, false]),
        (DEEPSEEK, [false, false, false, false]),
        (GPT, [true, false, false, false]),
        (GPT_OSS, [false, false, false, false]),
        (UNKNOWN, [false, false, false, false]),
    ] {
        let video = media_of(bytes("video/mp4", b"v"));
        let audio = media_of(bytes("audio/wav", b"a"));
        let blocks = [
            ("image", ContentBlock::Image(png())),
            ("document", ContentBlock::Document(pdf("d"))),
            ("video", ContentBlock::Video(video)),
            ("audio", ContentBlock::Audio(audio)),
        ];
        for ((kind, block), is_taken) in blocks.into_iter().zip(taken) {
            let asked = request(model, [user([text("q"), block])]);
            if is_taken {
                let sent = send(&asked);
                assert!(sent_blocks(&sent)[1].get(kind).is_some(), "{model}: {kind}");
                assert_eq!(sent.lost(), [""; 0], "{model}: {kind}");
                continue;
            }
            let error = refusal(&asked);
            assert_eq!(error.kind, ErrorKind::Unsupported, "{model}: {kind}");
            let path = Some("messages[0].content[1]");
            assert_eq!(error.path.as_deref(), path, "{model}: {kind}");
            assert!(error.message.contains(kind), "{model}: {}", error.message);
        }
    }
}

#[test]
fn video_and_audio_go_by_the_words_of_converse() {
    let hears = |block| Request {
        extensions: Some(r#"{"bedrock":{"capabilities":{"audio":true}}}"#.into()),
        ..request(NOVA_2, [user([block])])
    };
    for (media_type, format) in [
        ("video/mp4", "mp4"),
        ("video/quicktime", "mov"),
        ("video/x-matroska", "mkv"),
        ("video/webm", "webm"),
        ("video/x-flv", "flv"),
        ("video/mpeg", "mpeg"),
        ("video/x-ms-wmv", "wmv"),
        ("video/3gpp", "three_gp"),
    ] {
        let block = ContentBlock::Video(media_of(bytes(media_type, b"v")));
        let turns = messages(&hears(block));
        let video = json!({"format": format, "source": {"bytes": "dg=="}});
        assert_eq!(turns[0]["content"][0]["video"], video, "{media_type}");
    }
    for (media_type, format) in [
        ("audio/mpeg", "mp3"),
        ("audio/wav", "wav"),
        ("audio/flac", "flac"),
        ("audio/ogg", "ogg"),
        ("audio/opus", "opus"),
        ("audio/aac", "aac"),
        ("audio/mp4", "mp4"),
        ("audio/webm", "webm"),
        ("audio/x-m4a", "m4a"),
        ("audio/pcm", "pcm"),
    ] {
        let block = ContentBlock::Audio(media_of(bytes(media_type, b"a")));
        let turns = messages(&hears(block));
        assert_eq!(turns[0]["content"][0]["audio"]["format"], format);
    }
}

#[test]
fn s3_is_read_by_nova_alone() {
    let stored = |owner: Option<&str>| {
        Source::Object(StoredObject {
            uri: "s3://bucket/key.png".into(),
            owner: owner.map(str::to_owned),
            media_type: "image/png".into(),
        })
    };
    for (model, is_taken) in [
        (NOVA, true),
        (NOVA_2, true),
        (CLAUDE, false),
        (LLAMA_4, false),
    ] {
        let asked = request(
            model,
            [user([text("q"), image(stored(Some("123456789012")))])],
        );
        if is_taken {
            let sent = send(&asked);
            assert_eq!(
                sent_blocks(&sent).get(1),
                Some(
                    &json!({"image": {"format": "png", "source": {"s3Location": {
                        "uri": "s3://bucket/key.png", "bucketOwner": "123456789012",
                    }}}})
                )
            );
            assert_eq!(sent.warnings, []);
        } else {
            let error = refusal(&asked);
            assert_eq!(error.kind, ErrorKind::Unsupported, "{model}");
            let path = Some("messages[0].content[1].source");
            assert_eq!(error.path.as_deref(), path, "{model}");
        }
    }
    let wrong = |uri: &str, owner: Option<&str>| {
        let source = Source::Object(StoredObject {
            uri: uri.into(),
            owner: owner.map(str::to_owned),
            media_type: "image/png".into(),
        });
        refusal(&request(NOVA, [user([image(source)])])).path
    };
    let at = |member: &str| Some(format!("messages[0].content[0].source.{member}"));
    assert_eq!(wrong("https://bucket/key", None), at("uri"));
    assert_eq!(wrong("s3://b/k", Some("12")), at("owner"));
}

#[test]
fn text_is_no_image() {
    for source in [Source::Text("x".into()), Source::Blocks(vec!["x".into()])] {
        let error = refusal(&request(CLAUDE, [user([image(source)])]));
        assert_eq!(error.kind, ErrorKind::InvalidRequest);
        let path = Some("messages[0].content[0].source");
        assert_eq!(error.path.as_deref(), path);
    }
    let empty = Source::Base64(Encoded {
        media_type: "image/png".into(),
        data: " ".into(),
    });
    let error = refusal(&request(CLAUDE, [user([image(empty)])]));
    assert_eq!(error.kind, ErrorKind::InvalidRequest);
}
