//! Server-sent events, written and read.
//!
//! Out: `event:` and `data:` lines into a buffer of the caller's. In: bytes of a stream, cut anywhere, which become
//! events by the rules of the WHATWG (<https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream>):
//! lines end with CR, LF or both, a line that begins with a colon is a comment, data of several lines are joined by LF,
//! an empty line ends an event, and an event that the stream's end cuts off is none.

use bedrock_provider::json::Writer;

use crate::canonical::{Error, ErrorKind};

/// Append an event whose data `write` writes as JSON; most events of OpenAI's have no name.
pub fn event(out: &mut String, name: Option<&str>, write: impl FnOnce(&mut Writer)) {
    if let Some(name) = name {
        out.push_str("event: ");
        out.push_str(name);
        out.push('\n');
    }
    out.push_str("data: ");
    let start = out.len();
    let mut writer = Writer::after(std::mem::take(out));
    write(&mut writer);
    *out = writer.into_string();
    one_line(out, start);
    out.push_str("\n\n");
}

/// What stands behind `start` in one line: JSON that is only passed on may have line ends between its values, and would
/// end the event.
pub(crate) fn one_line(out: &mut String, start: usize) {
    let is_end = |byte: u8| matches!(byte, b'\n' | b'\r');
    if out.bytes().skip(start).any(is_end) {
        let data = out.split_off(start);
        out.extend(data.chars().map(|c| match c {
            '\n' | '\r' => ' ',
            c => c,
        }));
    }
}

/// One event as it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event<'a> {
    /// `event:`; empty where there was none.
    pub name: &'a str,
    /// `data:`, never empty.
    pub data: &'a str,
}

/// The most bytes of one event, unless [`Parser::with_limit`] says otherwise: as much as a frame of Bedrock's has.
pub const MAX_EVENT: usize = 24 << 20;

/// Reads events out of bytes that are cut anywhere.
#[derive(Debug)]
pub struct Parser {
    limit: usize,
    /// What has come of a line that is not complete.
    line: Vec<u8>,
    name: Vec<u8>,
    data: Vec<u8>,
    /// A line feed that comes now belongs to the line before.
    after_cr: bool,
    /// Of the byte order mark, the first line alone may have one.
    is_first: bool,
}

impl Default for Parser {
    fn default() -> Self {
        Parser::with_limit(MAX_EVENT)
    }
}

impl Parser {
    /// That holds at most `limit` bytes.
    pub fn with_limit(limit: usize) -> Self {
        Parser {
            limit,
            line: Vec::new(),
            name: Vec::new(),
            data: Vec::new(),
            after_cr: false,
            is_first: true,
        }
    }

    /// The next bytes; `found` gets each event that they complete, and its error ends the reading. An event larger than
    /// the limit is a `malformed-stream`.
    pub fn push(
        &mut self,
        bytes: &[u8],
        found: &mut dyn FnMut(Event<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut rest = bytes;
        while let Some(first) = rest.first() {
            if std::mem::take(&mut self.after_cr) && *first == b'\n' {
                rest = rest.get(1..).unwrap_or_default();
                continue;
            }
            let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let (line, behind) = rest.split_at(end.unwrap_or(rest.len()));
            let held = self.line.len() + self.data.len() + self.name.len();
            if held.saturating_add(line.len()) > self.limit {
                return Err(Error::new(
                    ErrorKind::MalformedStream,
                    format!("an event of the stream is larger than {} bytes", self.limit),
                ));
            }
            let Some((ending, behind)) = behind.split_first() else {
                self.line.extend_from_slice(line);
                return Ok(());
            };
            self.after_cr = *ending == b'\r';
            rest = behind;
            if self.line.is_empty() {
                self.line(line, found)?;
            } else {
                let mut whole = std::mem::take(&mut self.line);
                whole.extend_from_slice(line);
                self.line(&whole, found)?;
                // Its room is used again.
                whole.clear();
                self.line = whole;
            }
        }
        Ok(())
    }

    fn line(
        &mut self,
        line: &[u8],
        found: &mut dyn FnMut(Event<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let line = match std::mem::take(&mut self.is_first) {
            true => line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line),
            false => line,
        };
        if line.is_empty() {
            return self.dispatch(found);
        }
        let colon = line.iter().position(|byte| *byte == b':');
        let (field, value) = line.split_at(colon.unwrap_or(line.len()));
        let value = value.strip_prefix(b":").unwrap_or(value);
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match field {
            b"event" => {
                self.name.clear();
                self.name.extend_from_slice(value);
            }
            b"data" => {
                self.data.extend_from_slice(value);
                self.data.push(b'\n');
            }
            // A comment, or a field that nobody here needs: `id`, `retry`.
            _ => {}
        }
        Ok(())
    }

    fn dispatch(
        &mut self,
        found: &mut dyn FnMut(Event<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        // The line feed behind its last line is no data.
        self.data.pop();
        let result = match self.data.is_empty() {
            true => Ok(()),
            false => found(Event {
                name: &String::from_utf8_lossy(&self.name),
                data: &String::from_utf8_lossy(&self.data),
            }),
        };
        self.name.clear();
        self.data.clear();
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(pieces: &[&[u8]]) -> Vec<(String, String)> {
        let mut parser = Parser::default();
        let mut events = Vec::new();
        for piece in pieces {
            parser
                .push(piece, &mut |event| {
                    events.push((event.name.to_owned(), event.data.to_owned()));
                    Ok(())
                })
                .expect("events");
        }
        events
    }

    #[test]
    fn events_are_read_by_the_rules_of_the_whatwg() {
        for (stream, expected) in [
            ("data: a\n\n", &[("", "a")][..]),
            ("data:a\r\rdata:b\r\n\r\n", &[("", "a"), ("", "b")]),
            ("event: e\r\ndata: a\r\ndata: b\r\n\r\n", &[("e", "a\nb")]),
            (": comment\n\ndata:  a\n\n", &[("", " a")]),
            ("event: e\n\ndata: a\n\n", &[("", "a")]),
            ("data\ndata\n\n", &[("", "\n")]),
            ("data\n\n", &[]),
            ("id: 1\nretry: 5\nnonsense\ndata: a\n\n", &[("", "a")]),
            ("event: x\nevent: y\ndata: a\n\n", &[("y", "a")]),
            ("\u{feff}data: a\n\n", &[("", "a")]),
            ("data: \u{feff}a\n\n", &[("", "\u{feff}a")]),
            ("data: cut off\n", &[]),
            ("data: é🦀: b\n\n", &[("", "é🦀: b")]),
        ] {
            let expected: Vec<_> = expected
                .iter()
                .map(|(name, data)| (name.to_string(), data.to_string()))
                .collect();
            assert_eq!(read(&[stream.as_bytes()]), expected, "{stream:?}");
            let bytes: Vec<&[u8]> = stream.as_bytes().chunks(1).collect();
            assert_eq!(read(&bytes), expected, "{stream:?}, byte by byte");
        }
    }

    #[test]
    fn an_event_is_bounded_whether_it_comes_as_one_line_or_as_many() {
        for piece in [
            &b"data: aaaaaaaaaaaa"[..],
            b"data: a\n",
            b"x",
            b"event: aaaa",
        ] {
            let mut parser = Parser::with_limit(64);
            let refused = (0..100).find_map(|_| parser.push(piece, &mut |_| Ok(())).err());
            let error = refused.expect("refused");
            assert_eq!(error.kind, ErrorKind::MalformedStream);
        }
        let mut parser = Parser::with_limit(64);
        for _ in 0..64 {
            parser
                .push(b"event: e\ndata: small\n\n", &mut |_| Ok(()))
                .expect("each is small");
        }
    }

    #[test]
    fn the_readers_error_ends_the_reading() {
        let mut parser = Parser::default();
        let mut seen = 0;
        let result = parser.push(b"data: a\n\ndata: b\n\n", &mut |_| {
            seen += 1;
            Err(Error::new(ErrorKind::Upstream, "no"))
        });
        assert!(result.is_err());
        assert_eq!(seen, 1);
    }

    #[test]
    fn json_with_line_ends_stays_one_event() {
        let mut out = String::from("before\n\n");
        event(&mut out, Some("e"), |w| w.raw("{\r\n\"a\": 1}"));
        event(&mut out, None, |w| w.object(|w| w.name("b").text("\n")));
        assert_eq!(
            out,
            "before\n\nevent: e\ndata: {  \"a\": 1}\n\ndata: {\"b\":\"\\n\"}\n\n"
        );
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_wherever_it_is_cut(
            texts in proptest::collection::vec(any::<String>(), 0..6),
            cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..6),
        ) {
            let mut out = String::new();
            for text in &texts {
                event(&mut out, Some("delta"), |w| w.text(text));
            }
            let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(out.len() + 1)).collect();
            at.extend([0, out.len()]);
            at.sort_unstable();
            let pieces: Vec<&[u8]> = at.windows(2).map(|pair| &out.as_bytes()[pair[0]..pair[1]]).collect();
            let read: Vec<String> = read(&pieces)
                .into_iter()
                .map(|(_, data)| serde_json::from_str(&data).expect("JSON"))
                .collect();
            prop_assert_eq!(read, texts);
        }
    }
}
