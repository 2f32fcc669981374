//! The form of `~/.aws/config` and `~/.aws/credentials`: sections of properties, read line by line.
//!
//! In: a file's text. Out: its sections in the order in which they stand, borrowed. What a section means is `profile`'s
//! to say. Source: <https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html>, and the Rust SDK's parser where
//! that is silent.

/// One `[name]` and what follows it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Section<'a> {
    /// As it stands between the brackets, such as `profile dev`.
    pub(super) name: &'a str,
    /// Names and values. A value that goes on over several lines holds them all, line breaks too.
    pub(super) properties: Vec<(&'a str, &'a str)>,
}

/// Where a file breaks its form. Its text is not told: it may be a secret.
#[derive(Debug, PartialEq)]
pub(super) struct Malformed {
    /// From 1.
    pub(super) line: usize,
    /// What should stand there.
    pub(super) expected: &'static str,
}

/// What spaces and tabs are; a line break is none.
const BLANK: [char; 2] = [' ', '\t'];

/// The sections of a file.
pub(super) fn sections(text: &str) -> Result<Vec<Section<'_>>, Malformed> {
    let mut sections: Vec<Section<'_>> = Vec::new();
    // Where the last property's value begins; none where there was no property since the last section's name.
    let mut value_at = None;
    let mut end = 0;
    for (number, raw) in text.split_inclusive('\n').enumerate() {
        let start = end;
        end += raw.len();
        let line = raw.trim_end_matches(['\n', '\r']);
        let fail = |expected| Malformed {
            line: number + 1,
            expected,
        };
        if line.trim_matches(BLANK).is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if line.starts_with('[') {
            let name = before(line, ['#', ';'], false)
                .strip_prefix('[')
                .and_then(|line| line.strip_suffix(']'))
                .ok_or_else(|| fail("a section such as [profile name]"))?;
            sections.push(Section {
                name: name.trim_matches(BLANK),
                properties: Vec::new(),
            });
            value_at = None;
            continue;
        }
        let section = sections
            .last_mut()
            .ok_or_else(|| fail("a section such as [default] first"))?;
        if line.starts_with(BLANK) {
            let (Some(from), Some((_, value))) = (value_at, section.properties.last_mut()) else {
                return Err(fail("name = value, without space before it"));
            };
            // Properties of a property, such as those of `s3 =`: nothing that credentials need.
            if !value.is_empty() {
                *value = text
                    .get(from..start + line.len())
                    .unwrap_or_default()
                    .trim_end_matches(BLANK);
            }
            continue;
        }
        let property = before(line, ['#', ';'], true);
        let (name, value) = property
            .split_once('=')
            .map(|(name, value)| (name.trim_matches(BLANK), value.trim_start_matches(BLANK)))
            .filter(|(name, _)| !name.is_empty())
            .ok_or_else(|| fail("name = value"))?;
        value_at = Some(start + property.len() - value.len());
        section.properties.push((name, value));
    }
    Ok(sections)
}

/// A line without its comment, and without space at its end. In a property only what follows a space is a comment:
/// a secret may hold either sign.
fn before(line: &str, comment: [char; 2], after_space: bool) -> &str {
    let mut is_space = false;
    let found = line.char_indices().find(|(_, c)| {
        let begins = comment.contains(c) && (is_space || !after_space);
        is_space = BLANK.contains(c);
        begins
    });
    let line = found.map_or(line, |(at, _)| line.get(..at).unwrap_or_default());
    line.trim_end_matches(BLANK)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `name|property=value|…`, a line for each section.
    fn told(text: &str) -> Vec<String> {
        let tell = |section: Section<'_>| {
            let mut told = section.name.to_owned();
            for (name, value) in section.properties {
                told += &format!("|{name}={value}");
            }
            told
        };
        let sections = sections(text).unwrap_or_else(|error| panic!("{error:?}: {text}"));
        sections.into_iter().map(tell).collect()
    }

    #[test]
    fn sections_and_properties_are_read_as_aws_writes_them() {
        for (text, expected) in [
            ("", &[][..]),
            ("# a comment\n; another\n\n \t\n", &[]),
            ("[default]\na=b\n", &["default|a=b"]),
            ("[default]\r\na = b\r\n", &["default|a=b"]),
            ("[ profile  dev ] ; why\nA =  b \n", &["profile  dev|A=b"]),
            ("[a]\nx=1\n[b]\ny=2\n[a]\nx=3", &["a|x=1", "b|y=2", "a|x=3"]),
            // A comment within a property needs a space before it.
            ("[a]\nx=1 # one\ny=1#2;3\nz= ;\n", &["a|x=1|y=1#2;3|z="]),
            ("[a]\nx=a=b==\n", &["a|x=a=b=="]),
            ("[a]\ns3 =\n  max = 1\n  anything\nx=1\n", &["a|s3=|x=1"]),
            ("[a]\nx = 1\n  2 \ny=3\n", &["a|x=1\n  2|y=3"]),
            ("[a]\r\nx = ü\r\n  2\r\n", &["a|x=ü\r\n  2"]),
        ] {
            assert_eq!(told(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_broken_line_is_told_by_its_number_alone() {
        for (text, line) in [
            ("a=b\n", 1),
            ("\n[default\na=b", 2),
            ("[default] x\n", 1),
            ("[a]\nno equals sign\n", 2),
            ("[a]\n= value\n", 2),
            ("[a]\n  x=1\n", 2),
            ("  x=1\n", 1),
        ] {
            assert_eq!(
                sections(text).map_err(|error| error.line),
                Err(line),
                "{text:?}"
            );
        }
    }
}
