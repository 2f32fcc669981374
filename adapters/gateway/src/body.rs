//! A request's body, as long as it may be.

use bedrock_provider::canonical::{Error, ErrorKind};

use crate::http::Head;

/// What is set aside for a body before its first byte, at most: a length that a client claims costs it nothing.
const AHEAD: usize = 1 << 20;

/// The bytes that have come.
#[derive(Debug)]
pub struct Body {
    bytes: Vec<u8>,
    limit: usize,
}

impl Body {
    /// Of the request with this head, at most `limit` bytes. An error where the head says that it is longer, or that it is
    /// written in a way that is not read here.
    pub fn new(head: &Head, limit: usize) -> Result<Self, Error> {
        if let Some(encoding) = head.header("content-encoding")
            && encoding != "identity"
        {
            let message = "compressed bodies are not supported: send the body uncompressed";
            return Err(Error::invalid("content-encoding", message));
        }
        let length = match head.header("content-length").map(str::parse::<usize>) {
            None => 0,
            Some(Ok(length)) if length <= limit => length,
            // What is no number that fits is too long too: hosts let nothing else through.
            Some(_) => return Err(too_large(limit)),
        };
        Ok(Body {
            bytes: Vec::with_capacity(length.min(AHEAD)),
            limit,
        })
    }

    /// More of it; an error once it is too long.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if bytes.len() > self.limit.saturating_sub(self.bytes.len()) {
            return Err(too_large(self.limit));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    /// All of it.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

fn too_large(limit: usize) -> Error {
    Error::new(
        ErrorKind::RequestTooLarge,
        format!("the body is larger than {limit} bytes, which is this gateway's limit"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(name: &str, value: &str) -> Head {
        let header = (name.to_owned(), value.as_bytes().to_vec());
        Head::new("POST", "/v1/messages", vec![header])
    }

    #[test]
    fn a_length_above_the_limit_is_refused_before_a_byte_is_read() {
        for (length, is_taken) in [
            ("0", true),
            ("10", true),
            ("11", false),
            ("99999999999999999999", false),
            ("-1", false),
            ("many", false),
        ] {
            let body = Body::new(&head("content-length", length), 10);
            assert_eq!(body.is_ok(), is_taken, "{length}");
            let kind = body.err().map(|error| error.kind);
            assert_eq!(kind, (!is_taken).then_some(ErrorKind::RequestTooLarge));
        }
    }

    #[test]
    fn bytes_are_counted_whatever_the_length_said() {
        let mut body = Body::new(&head("content-length", "2"), 10).unwrap();
        body.push(b"12345").unwrap();
        body.push(b"67890").unwrap();
        body.push(b"").unwrap();
        let error = body.push(b"1").unwrap_err();
        assert_eq!(error.kind, ErrorKind::RequestTooLarge);
        assert!(error.message.contains("10 bytes"), "{}", error.message);
        assert_eq!(body.into_bytes(), b"1234567890");
    }

    #[test]
    fn a_length_that_is_only_claimed_sets_little_aside() {
        let body = Body::new(&head("content-length", "4000000000"), usize::MAX).unwrap();
        assert!(body.bytes.capacity() <= 2 * AHEAD);
    }

    #[test]
    fn a_compressed_body_is_refused_by_name() {
        let error = Body::new(&head("content-encoding", "gzip"), 10).unwrap_err();
        assert_eq!(error.path.as_deref(), Some("content-encoding"));
        assert!(Body::new(&head("content-encoding", "identity"), 10).is_ok());
    }
}
