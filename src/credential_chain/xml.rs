//! The few elements of STS's XML that are needed.
//!
//! In: a document. Out: the text of one element within another. A scanner and no parser: it takes what AWS writes, and
//! refuses what AWS does not write and attackers do (document types, entities of one's own, deep nesting).
//! Source: XML 1.0, <https://www.w3.org/TR/xml/>.

use zeroize::Zeroizing;

/// How deep elements may stand in each other; STS's stand four deep.
const MAX_DEPTH: usize = 16;

/// The text of the first `element` whose parent is `parent`; none where there is none, or where the document breaks
/// before it.
pub(super) fn text_of(xml: &str, parent: &str, element: &str) -> Option<Zeroizing<String>> {
    let mut open: Vec<&str> = Vec::with_capacity(MAX_DEPTH);
    let mut rest = xml;
    loop {
        // What stands before the next tag; it counts only where an element that is asked for is open.
        let (_, tag) = rest.split_once('<')?;
        if let Some(comment) = tag.strip_prefix("!--") {
            rest = comment.split_once("-->")?.1;
        } else if let Some(instruction) = tag.strip_prefix('?') {
            rest = instruction.split_once("?>")?.1;
        } else if tag.starts_with('!') {
            return None;
        } else if let Some(closing) = tag.strip_prefix('/') {
            let (name, after) = closing.split_once('>')?;
            if open.pop()? != name.trim_end() {
                return None;
            }
            rest = after;
        } else {
            let (tag, after) = tag.split_once('>')?;
            rest = after;
            let name = tag.split([' ', '\t', '\r', '\n', '/']).next()?;
            if tag.ends_with('/') {
                continue;
            }
            if open.last() == Some(&parent) && name == element {
                let (text, closing) = after.split_once('<')?;
                closing.strip_prefix('/')?.strip_prefix(name)?;
                return decoded(text.trim());
            }
            if open.len() == MAX_DEPTH {
                return None;
            }
            open.push(name);
        }
    }
}

/// Character data with its references resolved; none where one is unknown.
fn decoded(text: &str) -> Option<Zeroizing<String>> {
    // Room for all of it: a buffer that grows leaves secrets behind.
    let mut decoded = Zeroizing::new(String::with_capacity(text.len()));
    let mut rest = text;
    while let Some((plain, reference)) = rest.split_once('&') {
        decoded.push_str(plain);
        let (name, after) = reference.split_once(';')?;
        decoded.push(match name {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "quot" => '"',
            "apos" => '\'',
            _ => {
                let number = name.strip_prefix('#')?;
                let code = match number.strip_prefix('x') {
                    Some(digits) => u32::from_str_radix(digits, 16),
                    None => number.parse(),
                };
                char::from_u32(code.ok()?)?
            }
        });
        rest = after;
    }
    decoded.push_str(rest);
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(xml: &str) -> Option<String> {
        text_of(xml, "Credentials", "SecretAccessKey").map(|text| text.to_string())
    }

    #[test]
    fn an_element_is_found_by_its_parent_and_its_name() {
        for (xml, text) in [
            (
                "<R><Credentials><SecretAccessKey>s/e+c=</SecretAccessKey></Credentials></R>",
                "s/e+c=",
            ),
            (
                "<?xml version=\"1.0\"?>\n<!-- <Credentials> -->\n<R xmlns=\"u\">\n <Credentials a='1'>\n  <AccessKeyId>i</AccessKeyId>\n  \
                 <SecretAccessKey>\n s \n</SecretAccessKey >\n </Credentials>\n</R>",
                "s",
            ),
            (
                "<R><SecretAccessKey>no</SecretAccessKey><Credentials><Empty/><SecretAccessKey>yes</SecretAccessKey>",
                "yes",
            ),
            (
                "<Credentials><SecretAccessKey>&lt;&gt;&amp;&quot;&apos;&#65;&#x42;</SecretAccessKey></Credentials>",
                "<>&\"'AB",
            ),
        ] {
            assert_eq!(found(xml).as_deref(), Some(text), "{xml}");
        }
    }

    #[test]
    fn what_aws_does_not_write_is_refused() {
        let deep = format!(
            "{}<Credentials><SecretAccessKey>s</SecretAccessKey>",
            "<a>".repeat(MAX_DEPTH)
        );
        for xml in [
            "",
            "plain",
            "<",
            "<Credentials>",
            "<Credentials><SecretAccessKey>cut",
            "<Credentials></Other><SecretAccessKey>s</SecretAccessKey>",
            "<Credentials><SecretAccessKey>s<b/></SecretAccessKey></Credentials>",
            "<Credentials><SecretAccessKey>&mine;</SecretAccessKey></Credentials>",
            "<Credentials><SecretAccessKey>&#xD800;</SecretAccessKey></Credentials>",
            "<!DOCTYPE x [<!ENTITY a \"b\">]><Credentials><SecretAccessKey>s</SecretAccessKey></Credentials>",
            "<Other><SecretAccessKey>s</SecretAccessKey></Other>",
            deep.as_str(),
        ] {
            assert_eq!(found(xml), None, "{:.80}", xml);
        }
    }
}
