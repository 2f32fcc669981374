//! Names of models and regions, and addresses.

use bedrock_provider::canonical::Context;
use bedrock_provider::endpoint::{Endpoint, Region};
use bedrock_provider::environment::Environment;
use bedrock_provider::exchange::{self, Operation};
use bedrock_provider::json::Object;
use bedrock_provider::pricing::query;
use llm_dialects::{Dialect, Unknown, alias, expect_json, percent_decoded};

use crate::question::{assert_concealed, prepare};

/// Lines: the model, the region, the endpoint, an object of aliases, a content type.
pub fn names(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut lines = text.split('\n').map(str::to_owned);
    let mut line = || lines.next().unwrap_or_default();
    let (model, region, endpoint, aliases, content_type) = (line(), line(), line(), line(), line());
    hosts(&region);
    let aliases = match Object::parse(aliases.as_bytes()) {
        Ok(object) => alias::read(&object).unwrap_or_default(),
        Err(_) => Vec::new(),
    };
    if let Some(bases) = alias::base_models(&aliases, "bedrock", None) {
        assert!(Object::parse(bases.as_bytes()).is_ok(), "{bases}");
    }
    let _ = percent_decoded(&model);
    let _ = expect_json(&content_type);
    let some = |text: String| Some(text).filter(|text| !text.is_empty());
    let context = Context {
        region: some(region),
        endpoint: some(endpoint),
        ..Context::default()
    };
    let name = alias::named(&aliases, "bedrock", &model);
    if let Err(error) = query::price_of(&name, "us-east-1", &context) {
        assert_concealed(&error);
    }
    let body = br#"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}"#;
    let ask = Dialect::Anthropic.read_request(body, &[], Unknown::Warn);
    let mut request = ask.expect("a request").request;
    request.model = name;
    let wanted = exchange::wanted(&request, &context);
    match prepare(&request, &context, Operation::Complete) {
        Ok(prepared) => {
            assert!(wanted.is_ok(), "{wanted:?} of {:?}", request.model);
            let http = &prepared.request;
            let url = format!("{}://{}{}", http.scheme, http.authority, http.path);
            let uri: http::Uri = url.parse().unwrap_or_else(|error| panic!("{error}: {url}"));
            assert_eq!(
                uri.authority().map(http::uri::Authority::as_str),
                Some(&*http.authority)
            );
            assert!(!http.authority.contains('@'), "{url}");
            assert_eq!(uri.path(), http.path, "{url}");
            assert_eq!(uri.query(), None, "{url}");
            // The model is one segment, and none that leads elsewhere.
            let called = uri.path().strip_suffix("/converse").expect("the operation");
            let (_, segment) = called.rsplit_once("/model/").expect("a model");
            assert!(!segment.is_empty() && !segment.contains('/'), "{url}");
            assert!(!matches!(segment, "." | ".."), "{url}");
        }
        Err(error) => {
            assert!(error.path.is_some(), "{error:?}");
            assert_concealed(&error);
        }
    }
}

/// A region that is taken makes host names that are such.
fn hosts(text: &str) {
    let Ok(region) = Region::parse(text, "region") else {
        return;
    };
    assert_eq!(region.as_str(), text);
    let on = |name: &str| (name.to_owned(), "true".to_owned());
    let (fips, dual_stack) = (
        on("AWS_USE_FIPS_ENDPOINT"),
        on("AWS_USE_DUALSTACK_ENDPOINT"),
    );
    for variables in [
        vec![],
        vec![fips.clone()],
        vec![dual_stack.clone()],
        vec![fips, dual_stack],
    ] {
        let environment = Environment::new(variables);
        let endpoint = Endpoint::of_service("bedrock-runtime", &region, &environment);
        let url = format!("{}://{}/", endpoint.scheme, endpoint.authority);
        let uri: http::Uri = url.parse().unwrap_or_else(|error| panic!("{error}: {url}"));
        assert_eq!(uri.host(), Some(&*endpoint.authority));
    }
}
