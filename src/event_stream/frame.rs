//! One frame: its prelude, checked with 12 bytes, and its parts, checked with all of them.

use super::{Error, HeaderValue, Headers, Limits};

/// Prelude, its checksum, and the message checksum: the parts every frame has.
const FIXED: u32 = 16;

/// The first 12 bytes of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prelude {
    /// Bytes of the whole frame, checksums included.
    pub total_length: u32,
    /// Bytes of the header block.
    pub headers_length: u32,
    /// CRC-32 of the two lengths.
    pub checksum: u32,
}

impl Prelude {
    /// Bytes of an encoded prelude.
    pub(super) const LENGTH: usize = 12;

    /// Reads a prelude and refuses one that is damaged or claims more than `limits` allow.
    pub(super) fn parse(bytes: &[u8; Self::LENGTH], limits: &Limits) -> Result<Self, Error> {
        let [t0, t1, t2, t3, h0, h1, h2, h3, c0, c1, c2, c3] = *bytes;
        let total_length = u32::from_be_bytes([t0, t1, t2, t3]);
        let headers_length = u32::from_be_bytes([h0, h1, h2, h3]);
        let declared = u32::from_be_bytes([c0, c1, c2, c3]);

        let computed = crc32fast::hash(&[t0, t1, t2, t3, h0, h1, h2, h3]);
        if declared != computed {
            return Err(Error::PreludeChecksum { declared, computed });
        }
        let Some(room) = total_length.checked_sub(FIXED) else {
            return Err(Error::FrameTooShort { total_length });
        };
        if total_length > limits.frame {
            return Err(Error::FrameTooLong {
                total_length,
                limit: limits.frame,
            });
        }
        if headers_length > room {
            return Err(Error::HeadersExceedFrame {
                headers_length,
                room,
            });
        }
        if headers_length > limits.headers {
            return Err(Error::HeadersTooLong {
                headers_length,
                limit: limits.headers,
            });
        }
        Ok(Self {
            total_length,
            headers_length,
            checksum: declared,
        })
    }
}

/// A whole frame whose checksums and headers hold, borrowed from the bytes it arrived in.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    prelude: Prelude,
    headers: Headers<'a>,
    payload: &'a [u8],
    checksum: u32,
}

impl<'a> Frame<'a> {
    /// Checks the `prelude.total_length` bytes of a frame: first the message checksum, then, since
    /// they can be trusted now, the headers.
    pub(super) fn parse(prelude: Prelude, bytes: &'a [u8], limits: &Limits) -> Result<Self, Error> {
        let Some(parts) = Parts::split(prelude, bytes) else {
            return Err(Error::Truncated {
                received: bytes.len(),
                expected: prelude.total_length as usize,
            });
        };
        let computed = crc32fast::hash(parts.checked);
        if parts.checksum != computed {
            return Err(Error::MessageChecksum {
                declared: parts.checksum,
                computed,
            });
        }
        Ok(Self {
            prelude,
            headers: Headers::parse(parts.headers, limits.header_count)?,
            payload: parts.payload,
            checksum: parts.checksum,
        })
    }

    /// The lengths the frame was announced with.
    pub fn prelude(&self) -> Prelude {
        self.prelude
    }

    /// All headers, in the order they were sent.
    pub fn headers(&self) -> Headers<'a> {
        self.headers
    }

    /// The value of the header with exactly this name.
    pub fn header(&self, name: &str) -> Option<HeaderValue<'a>> {
        self.headers.get(name)
    }

    /// The payload, possibly empty; what it holds is said by the `:content-type` header.
    pub fn payload(&self) -> &'a [u8] {
        self.payload
    }

    /// The message checksum: CRC-32 of everything in the frame before it.
    pub fn checksum(&self) -> u32 {
        self.checksum
    }
}

/// The bytes of a frame, cut where its prelude says.
struct Parts<'a> {
    /// Everything the message checksum covers.
    checked: &'a [u8],
    headers: &'a [u8],
    payload: &'a [u8],
    checksum: u32,
}

impl<'a> Parts<'a> {
    fn split(prelude: Prelude, bytes: &'a [u8]) -> Option<Self> {
        let (checked, checksum) = bytes.split_last_chunk()?;
        let (_, body) = checked.split_first_chunk::<{ Prelude::LENGTH }>()?;
        let (headers, payload) = body.split_at_checked(prelude.headers_length as usize)?;
        Some(Self {
            checked,
            headers,
            payload,
            checksum: u32::from_be_bytes(*checksum),
        })
    }
}
