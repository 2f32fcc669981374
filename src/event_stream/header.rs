//! The header block of a frame: named, typed values, read in place.

use std::collections::BinaryHeap;

use std::iter::FusedIterator;

use super::Error;

/// Up to this many headers, names are compared pairwise; Bedrock sends three.
const FEW: usize = 16;

/// One header of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header<'a> {
    /// The name; names that start with `:` are reserved by the protocol.
    pub name: &'a str,
    /// The value.
    pub value: HeaderValue<'a>,
}

/// The value of a header, one case for each wire type (true and false are two types on the wire).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderValue<'a> {
    /// Types 0 (true) and 1 (false).
    Bool(bool),
    /// Type 2.
    Byte(i8),
    /// Type 3.
    Short(i16),
    /// Type 4.
    Integer(i32),
    /// Type 5.
    Long(i64),
    /// Type 6, at most 65,535 bytes.
    ByteArray(&'a [u8]),
    /// Type 7, at most 65,535 bytes.
    String(&'a str),
    /// Type 8: milliseconds since 1970-01-01T00:00:00Z, negative before it.
    Timestamp(i64),
    /// Type 9, in network byte order.
    Uuid([u8; 16]),
}

impl HeaderValue<'_> {
    /// The protocol's name of the value's type, such as `byte array`.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Bool(_) => "bool",
            Self::Byte(_) => "byte",
            Self::Short(_) => "short",
            Self::Integer(_) => "integer",
            Self::Long(_) => "long",
            Self::ByteArray(_) => "byte array",
            Self::String(_) => "string",
            Self::Timestamp(_) => "timestamp",
            Self::Uuid(_) => "uuid",
        }
    }
}

/// The headers of one frame, in the order they were sent, each name once.
///
/// The block was checked as a whole when the frame was taken, so reading it cannot fail.
#[derive(Clone, Copy, Debug)]
pub struct Headers<'a> {
    block: &'a [u8],
}

impl<'a> Headers<'a> {
    /// Checks a whole header block: every header well formed, at most `limit` of them, no name
    /// twice.
    ///
    /// Names are compared pairwise while there are few, so that an ordinary frame allocates
    /// nothing, and sorted when there are many, so that a crafted frame cannot buy quadratic work.
    pub(super) fn parse(block: &'a [u8], limit: u16) -> Result<Self, Error> {
        let headers = Self { block };
        let mut reader = Reader::new(block);
        let mut names = [""; FEW];
        let mut count = 0;
        while !reader.rest.is_empty() {
            if count == usize::from(limit) {
                return Err(Error::TooManyHeaders { limit });
            }
            let name = reader.header()?.name;
            if let Some((free, earlier)) = names.get_mut(..=count).and_then(<[_]>::split_last_mut) {
                if earlier.contains(&name) {
                    return Err(Error::DuplicateHeader { name: name.into() });
                }
                *free = name;
            }
            count += 1;
        }
        if count > FEW
            && let Some(name) = headers.duplicate()
        {
            return Err(Error::DuplicateHeader { name: name.into() });
        }
        Ok(headers)
    }

    /// The value of the header with exactly this name.
    pub fn get(&self, name: &str) -> Option<HeaderValue<'a>> {
        let mut reader = Reader::new(self.block);
        while !reader.rest.is_empty() {
            let found = reader.name().ok()? == name.as_bytes();
            let value = reader.value().ok()?;
            if found {
                return Some(value);
            }
        }
        None
    }

    /// The headers in the order they were sent.
    pub fn iter(&self) -> HeaderIter<'a> {
        HeaderIter {
            reader: Reader::new(self.block),
        }
    }

    /// A name that occurs twice, found by sorting.
    fn duplicate(&self) -> Option<&'a str> {
        let names: BinaryHeap<&str> = self.iter().map(|header| header.name).collect();
        let names = names.into_sorted_vec();
        names
            .iter()
            .zip(names.iter().skip(1))
            .find(|(name, next)| name == next)
            .map(|(name, _)| *name)
    }
}

impl<'a> IntoIterator for Headers<'a> {
    type Item = Header<'a>;
    type IntoIter = HeaderIter<'a>;

    fn into_iter(self) -> HeaderIter<'a> {
        self.iter()
    }
}

/// Iterator over the [`Headers`] of a frame.
#[derive(Clone, Debug)]
pub struct HeaderIter<'a> {
    reader: Reader<'a>,
}

impl<'a> Iterator for HeaderIter<'a> {
    type Item = Header<'a>;

    fn next(&mut self) -> Option<Header<'a>> {
        if self.reader.rest.is_empty() {
            return None;
        }
        // `Headers::parse` has walked the same bytes, so there is no error left to report.
        self.reader.header().ok()
    }
}

impl FusedIterator for HeaderIter<'_> {}

/// Reads fields off the front of a header block.
#[derive(Clone, Debug)]
struct Reader<'a> {
    /// What is left to read.
    rest: &'a [u8],
    /// Bytes read so far, for errors.
    offset: usize,
}

impl<'a> Reader<'a> {
    fn new(block: &'a [u8]) -> Self {
        Self {
            rest: block,
            offset: 0,
        }
    }

    fn header(&mut self) -> Result<Header<'a>, Error> {
        // The name starts behind its length byte.
        let offset = self.offset + 1;
        let name = text(self.name()?, offset)?;
        let value = self.value()?;
        Ok(Header { name, value })
    }

    fn name(&mut self) -> Result<&'a [u8], Error> {
        let [length] = self.array()?;
        self.bytes(length.into())
    }

    fn value(&mut self) -> Result<HeaderValue<'a>, Error> {
        let type_offset = self.offset;
        let [type_code] = self.array()?;
        Ok(match type_code {
            0 => HeaderValue::Bool(true),
            1 => HeaderValue::Bool(false),
            2 => HeaderValue::Byte(i8::from_be_bytes(self.array()?)),
            3 => HeaderValue::Short(i16::from_be_bytes(self.array()?)),
            4 => HeaderValue::Integer(i32::from_be_bytes(self.array()?)),
            5 => HeaderValue::Long(i64::from_be_bytes(self.array()?)),
            6 => {
                let length = self.value_length()?;
                HeaderValue::ByteArray(self.bytes(length)?)
            }
            7 => {
                let length = self.value_length()?;
                let offset = self.offset;
                HeaderValue::String(text(self.bytes(length)?, offset)?)
            }
            8 => HeaderValue::Timestamp(i64::from_be_bytes(self.array()?)),
            9 => HeaderValue::Uuid(self.array()?),
            _ => {
                return Err(Error::UnknownHeaderType {
                    offset: type_offset,
                    type_code,
                });
            }
        })
    }

    fn value_length(&mut self) -> Result<usize, Error> {
        Ok(u16::from_be_bytes(self.array()?).into())
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (taken, rest) = self
            .rest
            .split_first_chunk()
            .ok_or_else(|| self.truncated(N))?;
        self.rest = rest;
        self.offset += N;
        Ok(*taken)
    }

    fn bytes(&mut self, length: usize) -> Result<&'a [u8], Error> {
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or_else(|| self.truncated(length))?;
        self.rest = rest;
        self.offset += length;
        Ok(taken)
    }

    fn truncated(&self, needed: usize) -> Error {
        Error::HeaderTruncated {
            offset: self.offset,
            needed,
            available: self.rest.len(),
        }
    }
}

fn text(bytes: &[u8], offset: usize) -> Result<&str, Error> {
    std::str::from_utf8(bytes).map_err(|_| Error::HeaderNotUtf8 { offset })
}
