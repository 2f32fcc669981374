//! What a client asks, as the provider is asked: the canonical request with the model's own name, and the context that the
//! settings, the key and the headers make.

use bedrock_provider::canonical::{Context, Error};
use bedrock_provider::exchange::Operation;
use bedrock_provider::json::Object;
use llm_dialects::{Dialect, Policy, Telling, alias, anthropic};

use crate::exchange::Question;
use crate::extensions;
use crate::http::Head;
use crate::settings::Settings;

/// Whose ledger counts where nobody is asked who they are.
const ANYBODY: &str = "anonymous";

/// A call to the provider.
pub struct Call {
    /// What to ask.
    pub question: Question,
    /// What the answer tells besides.
    pub telling: Telling,
}

/// Read a client's request. `caller` is the name of its key, `now` in seconds since the Unix epoch.
///
/// # Errors
/// Those of the dialect, and of credentials in the header that the settings name.
pub fn understand(
    dialect: Dialect,
    operation: Operation,
    head: &Head,
    body: &[u8],
    settings: &Settings,
    caller: Option<String>,
    now: u64,
) -> Result<Call, Error> {
    let mut context = context(head, settings, caller)?;
    let policy = Policy::new(settings.strict, settings.unsupported_content);
    let ask = match operation {
        // Anthropic's alone, as its path is.
        Operation::CountTokens => anthropic::read_count_request(body, &head.headers, policy)?,
        _ => dialect.read_request(body, &head.headers, policy)?,
    };
    context.extensions = extensions::of(settings, ask.caching);
    let mut request = ask.request;
    let named = alias::named(&settings.aliases, &settings.provider, &request.model);
    let alias = alias::find(&settings.aliases, &request.model).map(|(alias, _)| alias);
    if let Some(fallbacks) = alias.and_then(|alias| alias.fallbacks.as_ref()) {
        context.fallbacks.clone_from(fallbacks);
    }
    if let Some(rule) = settings.rules.of(context.user.as_deref()) {
        let own = own_credentials(head, settings);
        let region = own.and_then(|(_, own)| region_of(own));
        let alias = alias.map(|alias| &*alias.name);
        rule.admit(alias, &named, region.as_deref())?;
        context
            .fallbacks
            .retain(|fallback| rule.admits_fallback(fallback));
        context.cost_limits = rule.limits(context.cost_limits);
    }
    let provider = named.split_once('/').map_or("", |(provider, _)| provider);
    request.extensions = extensions::of_request(settings, provider, request.extensions)?;
    let telling = Telling {
        model: std::mem::replace(&mut request.model, named),
        created: now,
        include_usage: ask.include_usage,
        warnings: ask.warnings,
        tools: ask.tools,
    };
    let operation = match operation {
        Operation::Complete if ask.stream => Operation::Stream,
        operation => operation,
    };
    let question = Question {
        operation,
        request,
        context,
    };
    Ok(Call { question, telling })
}

/// The region that credentials say.
fn region_of(credentials: &str) -> Option<String> {
    let object = Object::parse(credentials.as_bytes()).ok()?;
    object.string("region").ok().flatten()
}

/// The header in which the client brings credentials of its own, and what stands there.
pub fn own_credentials<'a>(head: &'a Head, settings: &'a Settings) -> Option<(&'a str, &'a str)> {
    let name = settings.credentials_header.as_deref()?;
    Some((name, head.header(name)?))
}

fn context(head: &Head, settings: &Settings, caller: Option<String>) -> Result<Context, Error> {
    let mut context = operators(settings);
    if let Some((name, value)) = own_credentials(head, settings) {
        context.credentials = Some(credentials(name, value)?);
    }
    context.user = Some(caller.unwrap_or_else(|| ANYBODY.into()));
    Ok(context)
}

/// What every call carries.
pub fn operators(settings: &Settings) -> Context {
    Context {
        credentials: settings.credentials.as_ref().map(|own| own.0.clone()),
        region: settings.region.clone(),
        endpoint: settings.endpoint.clone(),
        strict: settings.strict,
        deadlines: settings.deadlines,
        fallbacks: settings.fallbacks.clone(),
        cost_limits: settings.cost_limits,
        extensions: settings.extensions.clone(),
        ..Context::default()
    }
}

/// A client's credentials must be its own: a region or a role alone would be used with the gateway's.
fn credentials(header: &str, value: &str) -> Result<String, Error> {
    let object = Object::parse(value.as_bytes()).ok();
    let has = |name| {
        let object = object.as_ref()?;
        object
            .string(name)
            .ok()?
            .filter(|key| !key.trim().is_empty())
    };
    let has_keys = has("accessKeyId").is_some() && has("secretAccessKey").is_some();
    if has_keys || has("bearerToken").is_some() {
        return Ok(value.to_owned());
    }
    let message = "expected JSON with accessKeyId, secretAccessKey and region, or with bearerToken and region";
    Err(Error::invalid(header, message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bedrock_provider::canonical::ErrorKind;
    use llm_dialects::UnsupportedContent;

    fn head(headers: &[(&str, &str)]) -> Head {
        Head::of_headers(headers)
    }

    #[test]
    fn a_model_is_called_by_the_providers_name() {
        let aliases = r#"{"fast":"us.amazon.nova-lite-v1:0","gpt-4o":"other/x","openai/gpt":"bedrock/openai.gpt-oss-120b-1:0",
            "own":{"model":"arn:aws:x","base":"b"}}"#;
        let variables = [("GATEWAY_MODELS", aliases), ("GATEWAY_OPEN", "on")];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let settings = Settings::read(variables.into()).unwrap();
        const ARN: &str = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.x";
        for (given, named) in [
            ("fast", "bedrock/us.amazon.nova-lite-v1:0"),
            ("gpt-4o", "other/x"),
            ("openai/gpt", "bedrock/openai.gpt-oss-120b-1:0"),
            ("us.amazon.nova-pro-v1:0", "bedrock/us.amazon.nova-pro-v1:0"),
            ("bedrock/eu-west-1/x", "bedrock/eu-west-1/x"),
            ("own", "bedrock/arn:aws:x"),
            ("own[1m]", "bedrock/arn:aws:x[1m]"),
            ("claude-sonnet-4-5[1m]", "bedrock/claude-sonnet-4-5[1m]"),
            ("other/x", "bedrock/other/x"),
            ("openai/gpt-oss-120b", "bedrock/openai/gpt-oss-120b"),
            (ARN, &format!("bedrock/{ARN}")),
            ("/x", "bedrock//x"),
            ("", "bedrock/"),
        ] {
            assert_eq!(
                alias::named(&settings.aliases, &settings.provider, given),
                named,
                "{given}"
            );
        }
    }

    #[test]
    fn a_count_need_not_say_how_long_the_answer_may_be() {
        let body = br#"{"model":"x","messages":[{"role":"user","content":"Hi"}]}"#;
        let read = |operation| {
            let settings = Settings::default();
            understand(
                Dialect::Anthropic,
                operation,
                &head(&[]),
                body,
                &settings,
                None,
                7,
            )
        };
        let error = read(Operation::Complete)
            .err()
            .expect("max_tokens is missing");
        assert!(error.path.is_some_and(|path| path == "max_tokens"));
        let call = read(Operation::CountTokens).expect("a count");
        assert_eq!(call.question.request.model, "bedrock/x");
        assert_eq!(
            (call.telling.model.as_str(), call.telling.created),
            ("x", 7)
        );
    }

    #[test]
    fn content_that_cannot_be_read_is_refused_unless_the_settings_let_it_be_replaced() {
        let body = br#"{"model":"x","messages":[{"role":"user","content":[{"type":"hologram"}]}]}"#;
        let read = |unsupported_content| {
            let settings = Settings {
                unsupported_content,
                ..Settings::default()
            };
            let (dialect, operation) = (Dialect::OpenAi, Operation::Complete);
            understand(dialect, operation, &head(&[]), body, &settings, None, 7)
        };
        let error = read(UnsupportedContent::Refuse).err().expect("refused");
        assert_eq!(error.kind, ErrorKind::Unsupported);
        let call = read(UnsupportedContent::Replace).expect("replaced");
        assert_eq!(call.telling.warnings.len(), 1);
        assert!(call.question.context.extensions.is_some());
        let plain = context(&head(&[]), &Settings::default(), None).unwrap();
        assert_eq!(plain.extensions, None);
    }

    #[test]
    fn a_name_may_have_fallbacks_of_its_own() {
        let names = r#"{"a":{"model":"x","fallbacks":["us-west-2"]},"b":"x","c":{"model":"x","fallbacks":[]}}"#;
        let variables = [
            ("GATEWAY_OPEN", "on"),
            ("GATEWAY_MODELS", names),
            ("GATEWAY_FALLBACKS", "eu-west-1"),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let settings = Settings::read(variables.into()).unwrap();
        for (name, expected) in [
            ("a", &["us-west-2"][..]),
            ("a[1m]", &["us-west-2"]),
            ("b", &["eu-west-1"]),
            ("c", &[]),
            ("y", &["eu-west-1"]),
        ] {
            let body =
                format!(r#"{{"model":"{name}","messages":[{{"role":"user","content":"Hi"}}]}}"#);
            let (dialect, operation) = (Dialect::OpenAi, Operation::Complete);
            let body = body.as_bytes();
            let call = understand(dialect, operation, &head(&[]), body, &settings, None, 7);
            let call = call.expect("a call");
            assert_eq!(call.question.context.fallbacks, expected, "{name}");
        }
    }

    #[test]
    fn what_the_names_of_tools_stand_for_goes_with_the_call() {
        let body = br#"{"model":"x","input":"Hi","tools":[{"type":"namespace","name":"docs","tools":[{"type":"function","name":"search"}]}]}"#;
        let settings = Settings::default();
        let head = head(&[]);
        let call = understand(
            Dialect::Responses,
            Operation::Complete,
            &head,
            body,
            &settings,
            None,
            7,
        );
        let call = call.expect("a call");
        assert_eq!(call.question.request.tools[0].name, "docs__search");
        let located = call.telling.locate(Error::invalid("tools[0].name", "m"));
        assert_eq!(located.path.as_deref(), Some("tools[0].tools[0].name"));
    }

    #[test]
    fn credentials_are_read_from_the_header_that_is_set_and_from_no_other() {
        const KEYS: &str = r#"{"accessKeyId":"AKIA","secretAccessKey":"s","region":"us-east-1"}"#;
        let sent = head(&[("x-aws-credentials", KEYS)]);
        let off = context(&sent, &Settings::default(), None).unwrap();
        assert_eq!(off.credentials, None);
        let on = Settings {
            credentials_header: Some("x-aws-credentials".into()),
            ..Settings::default()
        };
        let given = context(&sent, &on, None).unwrap();
        assert_eq!(given.credentials.as_deref(), Some(KEYS));
        assert_eq!(context(&head(&[]), &on, None).unwrap().credentials, None);
    }

    #[test]
    fn credentials_that_would_use_the_gateways_own_keys_are_refused_and_not_repeated() {
        for value in [
            "",
            "us-east-1",
            r#"{"region":"us-east-1"}"#,
            r#"{"region":"us-east-1","roleArn":"arn:aws:iam::1:role/hidden"}"#,
            r#"{"accessKeyId":"hidden","region":"us-east-1"}"#,
            r#"{"accessKeyId":" ","secretAccessKey":"hidden"}"#,
            r#"{"bearerToken":null,"roleArn":"hidden"}"#,
            "{hidden",
        ] {
            let error = credentials("x-aws-credentials", value).unwrap_err();
            assert_eq!(error.kind, ErrorKind::InvalidRequest, "{value}");
            assert_eq!(error.path.as_deref(), Some("x-aws-credentials"));
            assert!(!error.message.contains("hidden"), "{}", error.message);
        }
        assert!(credentials("x", r#"{"bearerToken":"t","region":"r"}"#).is_ok());
    }

    #[test]
    fn the_context_is_the_settings_and_the_keys_name() {
        let variables = [
            ("GATEWAY_OPEN", "on"),
            ("GATEWAY_STRICT", "on"),
            ("GATEWAY_REGION", "eu-west-1"),
            ("GATEWAY_FALLBACKS", "us-west-2"),
            ("GATEWAY_DEADLINE_TOTAL_MS", "9"),
            ("GATEWAY_MAX_USD_PER_DAY", "1"),
            ("GATEWAY_UNSUPPORTED_CONTENT", "replace"),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let settings = Settings::read(variables.into()).unwrap();
        let context = context(&head(&[]), &settings, Some("ann".into())).unwrap();
        let expected = Context {
            region: Some("eu-west-1".into()),
            strict: true,
            deadlines: settings.deadlines,
            fallbacks: vec!["us-west-2".into()],
            cost_limits: settings.cost_limits,
            user: Some("ann".into()),
            ..Context::default()
        };
        assert_eq!(context, expected);
        assert_eq!(expected.deadlines.total_ms, Some(9));
    }
}
