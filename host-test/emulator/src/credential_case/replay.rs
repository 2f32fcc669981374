//! A case played again: the recorded responses in order, and what was asked differently.

use super::comparison::differences;
use super::{CaseResponse, CredentialCase};
use crate::config::Config;
use crate::credential_services::Answer;
use crate::sigv4::Signable;

/// One expectation that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The case.
    pub case: String,
    /// Which of its exchanges, from 1.
    pub exchange: usize,
    /// What of the request: `request`, `method`, `path`, `query`, `header <name>`, `body`.
    pub part: String,
    /// As recorded.
    pub expected: String,
    /// As it came.
    pub seen: String,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            case,
            exchange,
            part,
            expected,
            seen,
        } = self;
        write!(
            f,
            "{case}, exchange {exchange}, {part}: expected {expected}, seen {seen}"
        )
    }
}

/// A part of a request: its name, as recorded, as it came.
pub(super) type Part = (String, String, String);

/// A replay in progress.
pub(crate) struct Replay {
    case: CredentialCase,
    /// How many requests came.
    seen: usize,
    differences: Vec<Difference>,
}

impl Replay {
    pub(crate) fn new(case: CredentialCase) -> Self {
        Self {
            case,
            seen: 0,
            differences: Vec::new(),
        }
    }

    /// The next recorded response, whatever the request; a request too many is a 500.
    pub(crate) fn answer(&mut self, config: &Config, request: &Signable<'_>) -> Answer {
        let expected = self.case.exchanges.get(self.seen).cloned();
        self.seen += 1;
        let Some(expected) = expected else {
            let seen = format!("{} {}", request.method, request.path);
            self.note(("request".to_owned(), "no more requests".to_owned(), seen));
            return Answer::new(500, "text/plain", "The case has no further exchange\n");
        };
        for difference in differences(config, &expected.request, request) {
            self.note(difference);
        }
        response(&expected.response)
    }

    fn note(&mut self, (part, expected, seen): Part) {
        self.differences.push(Difference {
            case: self.case.name.clone(),
            exchange: self.seen,
            part,
            expected,
            seen,
        });
    }

    /// What differed so far, and the exchanges that did not come.
    pub(crate) fn differences(&self) -> Vec<Difference> {
        let missing = self.case.exchanges.iter().enumerate().skip(self.seen);
        let missing = missing.map(|(at, exchange)| Difference {
            case: self.case.name.clone(),
            exchange: at + 1,
            part: "request".to_owned(),
            expected: format!(
                "{} {}",
                exchange.request.method(),
                exchange.request.target()
            ),
            seen: "nothing".to_owned(),
        });
        self.differences.iter().cloned().chain(missing).collect()
    }
}

fn response(recorded: &CaseResponse) -> Answer {
    let mut answer = Answer::new(
        recorded.status,
        &recorded.content_type,
        recorded.body.as_str(),
    );
    for (name, value) in &recorded.headers {
        answer.headers.push((name.clone(), value.clone()));
    }
    answer
}
