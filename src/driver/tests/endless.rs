//! Bodies that never end: whatever a peer sends, a call keeps its beginning and ends.

use super::*;

const PIECE: usize = 1024;
/// Between two pieces, in milliseconds.
const GAP: u64 = 10;

/// A head, then far more than anybody reads, and no end.
fn endless(status: u16, content_type: &str) -> Reply {
    let mut reply = Reply::refusal(status, "ValidationException", "x");
    reply.headers = vec![("content-type", content_type.to_owned())];
    reply.body = vec![(GAP, vec![b'x'; PIECE]); 4096];
    reply.end = None;
    reply
}

#[test]
fn the_body_of_an_error_ends_at_64_kib() {
    for operation in [
        Operation::Complete,
        Operation::Stream,
        Operation::CountTokens,
    ] {
        for (status, content_type) in [
            (400, "application/json"),
            (403, "text/html"),
            (404, "application/vnd.amazon.eventstream"),
            // A proxy's page in the place of an answer.
            (200, "text/html"),
        ] {
            let what = format!("{operation:?} {status} {content_type}");
            let mut host = Host::new([endless(status, content_type)]);
            let (chunks, result) = host.call(Context::default(), operation);
            let error = result.expect_err(&what);
            assert_eq!(chunks, [], "{what}");
            assert!(error.message.len() < 4000, "{what}");
            let pieces = (host.now.unix_ms - NOON) / GAP;
            assert!(
                (64..=65).contains(&pieces),
                "{what}: {pieces} KiB were read"
            );
        }
    }
}
