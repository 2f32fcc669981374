//! A request's body, as long as it may be.

use std::cell::Cell;
use std::rc::Rc;

use bedrock_provider::canonical::{Error, ErrorKind};

use crate::http::Head;

/// When a client may try again where there is no room, in milliseconds.
const LATER: u64 = 1000;

/// How many bytes of bodies the requests of an instance hold. A clone counts with it.
#[derive(Debug, Clone, Default)]
pub struct Held(Rc<Cell<usize>>);

/// The bytes of one request, held until this is dropped.
#[derive(Debug)]
pub struct Share {
    all: Held,
    own: usize,
    limit: usize,
}

impl Share {
    /// Of all, which may be `limit` bytes together.
    pub fn new(all: &Held, limit: usize) -> Self {
        Share {
            all: all.clone(),
            own: 0,
            limit,
        }
    }

    /// Hold so many bytes instead; an error where there is no room for them.
    fn hold(&mut self, bytes: usize) -> Result<(), Error> {
        let others = self.all.0.get().saturating_sub(self.own);
        let held = others.saturating_add(bytes);
        if held > self.limit {
            return Err(no_room());
        }
        self.all.0.set(held);
        self.own = bytes;
        Ok(())
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let held = &self.all.0;
        held.set(held.get().saturating_sub(self.own));
    }
}

/// Others' bodies are in the way.
fn no_room() -> Error {
    Error {
        status: Some(503),
        retryable: true,
        retry_after_ms: Some(LATER),
        ..Error::new(
            ErrorKind::Overloaded,
            "the gateway is busy: too many large requests at once; try again later",
        )
    }
}

/// The bytes that have come.
#[derive(Debug)]
pub struct Body {
    bytes: Vec<u8>,
    limit: usize,
    share: Share,
}

impl Body {
    /// Of the request with this head, at most `limit` bytes. An error where the head says that it is longer, or that it is
    /// written in a way that is not read here.
    pub fn new(head: &Head, limit: usize, share: Share) -> Result<Self, Error> {
        if let Some(encoding) = head.header("content-encoding")
            && encoding != "identity"
        {
            let message = "compressed bodies are not supported: send the body uncompressed";
            return Err(Error::invalid("content-encoding", message));
        }
        match head.header("content-length").map(str::parse::<usize>) {
            None => {}
            // It is only claimed: nothing is set aside for it.
            Some(Ok(length)) if length <= limit => {}
            // What is no number that fits is too long too: hosts let nothing else through.
            Some(_) => return Err(too_large(limit)),
        }
        Ok(Body {
            bytes: Vec::new(),
            limit,
            share,
        })
    }

    /// More of it; an error once it is too long.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if bytes.len() > self.limit.saturating_sub(self.bytes.len()) {
            return Err(too_large(self.limit));
        }
        let held = self.bytes.len().saturating_add(bytes.len());
        self.share.hold(held)?;
        self.bytes.try_reserve(bytes.len()).map_err(|_| no_room())?;
        // The buffer grows by more than it needs.
        self.share.hold(self.bytes.capacity())?;
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    /// All of it, and what counts it as long as anything is held that was made of it.
    pub fn into_parts(self) -> (Vec<u8>, Share) {
        (self.bytes, self.share)
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

    fn share() -> Share {
        Share::new(&Held::default(), usize::MAX)
    }

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
            let body = Body::new(&head("content-length", length), 10, share());
            assert_eq!(body.is_ok(), is_taken, "{length}");
            let kind = body.err().map(|error| error.kind);
            assert_eq!(kind, (!is_taken).then_some(ErrorKind::RequestTooLarge));
        }
    }

    #[test]
    fn bytes_are_counted_whatever_the_length_said() {
        let mut body = Body::new(&head("content-length", "2"), 10, share()).unwrap();
        body.push(b"12345").unwrap();
        body.push(b"67890").unwrap();
        body.push(b"").unwrap();
        let error = body.push(b"1").unwrap_err();
        assert_eq!(error.kind, ErrorKind::RequestTooLarge);
        assert!(error.message.contains("10 bytes"), "{}", error.message);
        assert_eq!(body.into_parts().0, b"1234567890");
    }

    #[test]
    fn a_length_that_is_only_claimed_sets_little_aside() {
        let body = Body::new(&head("content-length", "4000000000"), usize::MAX, share()).unwrap();
        assert_eq!(body.bytes.capacity(), 0);
    }

    #[test]
    fn all_bodies_together_are_bounded_and_those_that_are_gone_make_room() {
        let held = Held::default();
        let new = || Body::new(&head("x", "y"), 100, Share::new(&held, 20)).unwrap();
        let (mut one, mut two) = (new(), new());
        one.push(b"12345678").unwrap();
        two.push(b"12345678").unwrap();
        let error = two.push(b"9").unwrap_err();
        assert_eq!((error.status, error.retryable), (Some(503), true));
        assert!(error.retry_after_ms.is_some());
        // What was made of it still counts.
        let (bytes, share) = one.into_parts();
        drop(bytes);
        assert!(two.push(b"9").is_err());
        drop(share);
        two.push(b"90").unwrap();
        drop(two);
        assert_eq!(held.0.get(), 0);
    }

    #[test]
    fn a_compressed_body_is_refused_by_name() {
        let error = Body::new(&head("content-encoding", "gzip"), 10, share()).unwrap_err();
        assert_eq!(error.path.as_deref(), Some("content-encoding"));
        assert!(Body::new(&head("content-encoding", "identity"), 10, share()).is_ok());
    }
}
