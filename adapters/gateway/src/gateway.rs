//! What becomes of a request by its head: an answer at once, or a call whose body is to be read.

use bedrock_provider::canonical::{Error, ErrorKind};
use bedrock_provider::excerpt::printable;
use bedrock_provider::exchange::Operation;
use bedrock_provider::guardrail;
use llm_dialects::{Dialect, operator};

use crate::call;
use crate::http::{Answer, Head};
use crate::keys::Keys;
use crate::log::Record;
use crate::models::{self, Listed};
use crate::open;
use crate::page;
use crate::route::{self, Miss, Route};
use crate::settings::{Fault, Log, Settings};

/// The message to clients where a setting is invalid; the log and `/healthz` name the setting.
const NOT_CONFIGURED: &str = "the gateway is not configured: its operator must fix it";

/// What is to be done.
#[derive(Debug, PartialEq)]
pub enum Begun {
    /// Answer this.
    Answer(Answer),
    /// Tell the models, or the one that the path names.
    Models,
    /// Read the body and ask the provider, for the caller of this name. Of [`Operation::Complete`] the body may make
    /// [`Operation::Stream`].
    Ask(Operation, Option<String>),
}

/// Judge a request by its head, and note in `record` what is known of it.
pub fn begin(
    head: &Head,
    dialect: Dialect,
    settings: &Result<Settings, Fault>,
    record: &mut Record,
) -> Begun {
    match judge(head, settings, record) {
        Ok(begun) => begun,
        Err(refusal) => {
            record.failed(&refusal.error);
            let mut answer = Answer::error(dialect, &refusal.error, &record.request_id);
            if let Some((status, header)) = refusal.instead {
                answer.start.status = status;
                answer.start.headers.extend(header);
            }
            Begun::Answer(answer)
        }
    }
}

/// An error, and what is answered instead of what its kind has.
struct Refusal {
    error: Error,
    instead: Option<(u16, Option<(&'static str, String)>)>,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Refusal {
            error,
            instead: None,
        }
    }
}

fn judge(
    head: &Head,
    settings: &Result<Settings, Fault>,
    record: &mut Record,
) -> Result<Begun, Refusal> {
    let route = match route::find(head) {
        Ok(route) => route,
        Err(Miss::Options(allowed)) => return Ok(Begun::Answer(options(allowed))),
        Err(Miss::Method(allowed)) => {
            let message = ["method not supported: expected ", allowed].concat();
            return Err(Refusal {
                error: Error::new(ErrorKind::InvalidRequest, message),
                instead: Some((405, Some(("allow", allowed.into())))),
            });
        }
        Err(Miss::Path) => {
            let message = "unknown route: expected /v1/messages, /v1/messages/count_tokens, /v1/chat/completions, /v1/responses or /v1/models";
            return Err(Error::new(ErrorKind::NotFound, message).into());
        }
    };
    record.route = route.path();
    let settings = match settings {
        Ok(settings) => settings,
        Err(fault) => {
            record.fault = Some(fault.to_string());
            if route == Route::Health {
                return Ok(Begun::Answer(Answer::text(503, fault.to_string())));
            }
            return Err(Error {
                code: Some(operator::CONFIGURATION.into()),
                ..Error::new(ErrorKind::Internal, NOT_CONFIGURED)
            }
            .into());
        }
    };
    record.has_messages = settings.log == Log::WithErrors;
    match route {
        Route::Health => return Ok(Begun::Answer(Answer::text(200, "ok"))),
        Route::Page if settings.page && cfg!(feature = "page") => {
            return Ok(Begun::Answer(page::answer()));
        }
        Route::Page => {
            let message = "the page is disabled: GATEWAY_PAGE is off";
            return Err(Error::new(ErrorKind::NotFound, message).into());
        }
        // All others are for callers alone.
        _ => {}
    }
    let caller = settings
        .keys
        .caller(head)
        .map_err(|problem| Error::new(ErrorKind::Authentication, problem))?;
    record.caller.clone_from(&caller);
    if let (Keys::Open, Some(names)) = (&settings.keys, &settings.hosts) {
        open::admit(head, names)?;
    }
    let operation = match route {
        Route::Models | Route::Model => return Ok(Begun::Models),
        Route::CountTokens => Operation::CountTokens,
        _ => Operation::Complete,
    };
    record.operation = match operation {
        Operation::CountTokens => "count_tokens",
        Operation::Complete | Operation::Stream => "chat",
    };
    let mut names = head.headers.iter().map(|(name, _)| name);
    if let Some(name) = names.find(|name| guardrail::is_meant_by(name)) {
        return Err(guardrail::misplaced(printable(name, 64)).into());
    }
    let content_type = head.header("content-type").unwrap_or_default();
    llm_dialects::expect_json(content_type).map_err(|error| Refusal {
        error,
        instead: Some((415, None)),
    })?;
    Ok(Begun::Ask(operation, caller))
}

fn options(allowed: &str) -> Answer {
    Answer::new(204, vec![("allow", allowed.into())], "")
}

/// The list of models, of what the provider tells, or the one that the path names.
pub fn list(
    head: &Head,
    dialect: Dialect,
    settings: &Settings,
    told: Vec<Listed>,
    record: &mut Record,
) -> Answer {
    let rule = settings.rules.of(record.caller.as_deref());
    let models = models::all(&settings.aliases, told.into_iter(), rule);
    match models::write(dialect, &models, &settings.provider, head) {
        Ok(body) => Answer::json(body),
        Err(error) => {
            record.failed(&error);
            Answer::error(dialect, &error, &record.request_id)
        }
    }
}

/// The error of a failed call as it is sent to the client; `record` has the original for the log.
pub fn fail(error: Error, head: &Head, settings: &Settings, record: &mut Record) -> Error {
    record.failed(&error);
    let brings_credentials = call::own_credentials(head, settings).is_some();
    let operator::Told { mut error, fault } = operator::tell(error, brings_credentials);
    record.fault = fault;
    if error.kind == ErrorKind::NotFound && error.code.as_deref() == Some("model_not_found") {
        error.message.push_str(" GET /v1/models lists all.");
    }
    error
}

/// Whether the log tells of it: whoever asks for the health or the page does so without end.
pub fn is_logged(settings: &Result<Settings, Fault>, record: &Record) -> bool {
    let is_call = ![Route::Health.path(), Route::Page.path()].contains(&record.route);
    match settings {
        Ok(settings) => settings.log != Log::Off && is_call,
        Err(_) => is_call,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(variables: &[(&str, &str)]) -> Result<Settings, Fault> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Settings::read(variables.iter().map(owned).collect())
    }

    fn begin(
        request: &str,
        headers: &[&str],
        settings: &Result<Settings, Fault>,
    ) -> (Begun, Record) {
        let (method, path) = request.split_once(' ').unwrap();
        let header = |line: &&str| {
            let (name, value) = line.split_once(": ").unwrap();
            (name.to_owned(), value.as_bytes().to_vec())
        };
        let head = Head::new(method, path, headers.iter().map(header).collect());
        let mut record = Record::default();
        let dialect = route::dialect(&head);
        let begun = super::begin(&head, dialect, settings, &mut record);
        (begun, record)
    }

    const KEY: &str = "x-api-key: sk-1";
    const JSON: &str = "content-type: Application/JSON; charset=utf-8";

    #[test]
    fn a_request_is_judged_by_its_path_then_its_key_then_its_kind() {
        let settings = settings(&[("GATEWAY_KEYS", "ann=sk-1")]);
        for (request, headers, status) in [
            ("GET /healthz", &[][..], 200),
            ("HEAD /healthz", &[], 200),
            ("GET /", &[], 200),
            ("OPTIONS /v1/messages", &[], 204),
            ("GET /v1/messages", &[KEY], 405),
            ("PUT /v1/models", &[KEY], 405),
            ("POST /v1/messages", &[KEY, "content-type: text/plain"], 415),
            ("POST /v1/messages", &[KEY], 415),
        ] {
            match begin(request, headers, &settings).0 {
                Begun::Answer(answer) => assert_eq!(answer.start.status, status, "{request}"),
                begun => panic!("{request}: {begun:?}"),
            }
        }
        let ann = || Some("ann".to_owned());
        for (request, expected) in [
            ("POST /v1/messages", Begun::Ask(Operation::Complete, ann())),
            (
                "POST /v1/chat/completions",
                Begun::Ask(Operation::Complete, ann()),
            ),
            ("POST /v1/responses", Begun::Ask(Operation::Complete, ann())),
            (
                "POST /v1/messages/count_tokens",
                Begun::Ask(Operation::CountTokens, ann()),
            ),
            ("GET /v1/models", Begun::Models),
            ("HEAD /v1/models", Begun::Models),
            ("GET /v1/models/{model}", Begun::Models),
        ] {
            let (begun, record) = begin(request, &[KEY, JSON], &settings);
            assert_eq!(begun, expected, "{request}");
            assert_eq!(record.caller, ann());
            assert!(request.ends_with(record.route) && !record.route.is_empty());
        }
    }

    #[test]
    fn a_guardrail_in_a_header_is_not_ignored() {
        let settings = settings(&[("GATEWAY_KEYS", "ann=sk-1")]);
        let guardrail = "X-Amzn-Bedrock-GuardrailIdentifier: g";
        let (begun, _) = begin("POST /v1/messages", &[KEY, JSON, guardrail], &settings);
        let Begun::Answer(answer) = begun else {
            panic!("{begun:?}");
        };
        assert_eq!(answer.start.status, 400);
        assert!(answer.body.contains("extensions.bedrock.guardrailConfig"));
    }

    #[test]
    fn without_the_key_no_call_and_no_list_is_begun() {
        let settings = settings(&[("GATEWAY_KEYS", "ann=sk-1")]);
        for request in [
            "POST /v1/messages",
            "POST /v1/messages/count_tokens",
            "POST /v1/chat/completions",
            "POST /v1/responses",
            "GET /v1/models",
            "GET /v1/models/x",
        ] {
            for headers in [&[JSON][..], &[JSON, "x-api-key: sk-2"]] {
                let (begun, record) = begin(request, headers, &settings);
                assert!(matches!(begun, Begun::Answer(_)), "{request}");
                assert!(record.line().contains("authentication"));
            }
        }
    }

    #[test]
    fn what_a_path_allows_is_told() {
        let settings = settings(&[("GATEWAY_OPEN", "on")]);
        for request in ["OPTIONS /v1/models", "DELETE /v1/models"] {
            let (Begun::Answer(answer), _) = begin(request, &[], &settings) else {
                panic!("{request} is no call");
            };
            let allow = ("allow", "GET, HEAD, OPTIONS".to_owned());
            assert!(answer.start.headers.contains(&allow), "{request}");
        }
    }

    #[test]
    fn a_bad_setting_stops_every_call_and_is_told_by_the_health() {
        let settings = settings(&[("GATEWAY_KEYS", "ann=sk-1"), ("GATEWAY_STRICT", "maybe")]);
        let (begun, record) = begin("GET /healthz", &[], &settings);
        let Begun::Answer(answer) = begun else {
            panic!("no answer");
        };
        assert_eq!(answer.start.status, 503);
        assert!(answer.body.starts_with("GATEWAY_STRICT"), "{}", answer.body);
        assert!(!is_logged(&settings, &record));
        let (begun, record) = begin("POST /v1/messages", &[KEY, JSON], &settings);
        assert!(matches!(begun, Begun::Answer(_)));
        assert!(is_logged(&settings, &record) && record.line().contains("GATEWAY_STRICT"));
    }

    /// What Claude Code asks before it asks anything.
    #[test]
    fn the_requests_of_coding_agents_are_known() {
        let settings = settings(&[("GATEWAY_KEYS", "ann=sk-1")]);
        let bearer = "authorization: Bearer sk-1";
        let ann = || Some("ann".to_owned());
        for (request, expected) in [
            ("GET /v1/models?limit=1000", Begun::Models),
            (
                "POST /v1/messages?beta=true",
                Begun::Ask(Operation::Complete, ann()),
            ),
            (
                "POST /v1/messages/count_tokens?beta=true",
                Begun::Ask(Operation::CountTokens, ann()),
            ),
        ] {
            let (begun, _) = begin(
                request,
                &[bearer, JSON, "anthropic-version: 2023-06-01"],
                &settings,
            );
            assert_eq!(begun, expected, "{request}");
        }
        let (Begun::Answer(answer), _) = begin("HEAD /", &[], &settings) else {
            panic!("no answer");
        };
        assert_eq!(answer.start.status, 200);
    }

    #[test]
    fn an_unknown_route_is_no_unknown_model() {
        let settings = settings(&[("GATEWAY_OPEN", "on")]);
        for request in [
            "POST /v1/messages/",
            "POST /v1/messages/batches",
            "POST /v1/chat/completions/",
            "POST /v1/completions",
            "POST /v1/responses/",
            "GET /v1/responses/resp_1",
            "GET /v1/models/",
            "GET /favicon.ico",
        ] {
            let (Begun::Answer(answer), _) = begin(request, &[JSON], &settings) else {
                panic!("{request} is a call");
            };
            assert_eq!(answer.start.status, 404, "{request}");
            assert!(answer.body.contains("unknown route"), "{}", answer.body);
            let is_told = [r#""not_found_error""#, r#""code":"not_found""#];
            assert!(
                is_told.iter().any(|word| answer.body.contains(word)),
                "{}",
                answer.body
            );
            assert!(!answer.body.contains("model_not_found"), "{}", answer.body);
        }
    }

    #[test]
    fn a_failure_that_is_the_operators_is_told_the_client_as_such_and_the_log_in_full() {
        let words = "AWS_SESSION_TOKEN: the session token has expired";
        let expired = || Error {
            code: Some("ExpiredTokenException".into()),
            status: Some(403),
            ..Error::new(ErrorKind::Authentication, words)
        };
        let settings = settings(&[
            ("GATEWAY_OPEN", "on"),
            ("GATEWAY_CREDENTIALS_HEADER", "x-aws"),
        ]);
        let settings = settings.as_ref().unwrap();
        let head = |headers: &[(&str, &str)]| {
            let owned =
                |(name, value): &(&str, &str)| ((*name).to_owned(), value.as_bytes().to_vec());
            Head::new("POST", "/v1/messages", headers.iter().map(owned).collect())
        };
        let mut record = Record::default();
        let error = fail(expired(), &head(&[]), settings, &mut record);
        assert!(!error.message.contains("AWS_"), "{}", error.message);
        let line = record.line();
        assert!(
            line.contains(words) && line.contains("ExpiredTokenException"),
            "{line}"
        );
        for (dialect, status, word) in [
            (Dialect::Anthropic, 500, "api_error"),
            (Dialect::OpenAi, 500, "provider_credentials"),
            (Dialect::Responses, 500, "provider_credentials"),
        ] {
            let answer = Answer::error(dialect, &error, "req_1");
            assert_eq!(answer.start.status, status);
            assert!(answer.body.contains(word), "{}", answer.body);
        }
        // The client's own.
        let mut record = Record::default();
        let error = fail(expired(), &head(&[("x-aws", "{}")]), settings, &mut record);
        assert_eq!(
            (error.kind, error.message.as_str()),
            (ErrorKind::Authentication, words)
        );
        assert!(!record.line().contains(words));
    }

    #[test]
    fn a_model_that_is_not_there_is_not_found_in_every_shape() {
        let settings = settings(&[("GATEWAY_OPEN", "on")]);
        let settings = settings.as_ref().unwrap();
        let unknown = Error {
            path: Some("model".into()),
            code: Some("model_not_found".into()),
            status: Some(404),
            ..Error::new(
                ErrorKind::NotFound,
                "\"gpt-4o\" is not a Bedrock model. Nearest: a.b.",
            )
        };
        let head = Head::new("POST", "/v1/messages", Vec::new());
        let error = fail(unknown, &head, settings, &mut Record::default());
        assert!(
            error
                .message
                .ends_with("Nearest: a.b. GET /v1/models lists all."),
            "{}",
            error.message
        );
        for (dialect, words) in [
            (
                Dialect::Anthropic,
                [r#""type":"not_found_error""#, "gpt-4o"],
            ),
            (
                Dialect::OpenAi,
                [
                    r#""code":"model_not_found""#,
                    r#""type":"invalid_request_error""#,
                ],
            ),
            (
                Dialect::Responses,
                [
                    r#""code":"model_not_found""#,
                    r#""type":"invalid_request_error""#,
                ],
            ),
        ] {
            let answer = Answer::error(dialect, &error, "req_1");
            assert_eq!(answer.start.status, 404);
            for word in words {
                assert!(answer.body.contains(word), "{word}: {}", answer.body);
            }
        }
    }

    #[test]
    fn the_page_and_the_log_can_be_turned_off() {
        let off = settings(&[
            ("GATEWAY_PAGE", "off"),
            ("GATEWAY_LOG", "off"),
            ("GATEWAY_OPEN", "on"),
        ]);
        let (begun, record) = begin("GET /", &[], &off);
        assert!(record.line().contains("not_found"));
        assert!(!matches!(begun, Begun::Answer(answer) if answer.start.status == 200));
        let (_, record) = begin("GET /v1/models", &[], &off);
        assert!(!is_logged(&off, &record));
        let on = settings(&[("GATEWAY_OPEN", "on")]);
        let (_, record) = begin("GET /v1/models", &[], &on);
        assert!(is_logged(&on, &record));
    }
}
