//! `extensions.bedrock`: what only Bedrock knows, of a request and of a context.
//!
//! In: the JSON of `request.extensions` and `context.extensions`. Out: their members, checked for their kinds. The
//! request's say what to ask, by AWS's own names; the context's are the operator's. Another provider's key is not for
//! us; a member that nobody knows is left out with a warning.
//!
//! | in `request.extensions.bedrock` | is |
//! |---|---|
//! | `additionalModelRequestFields` | an object, merged over what the translation puts there |
//! | `additionalModelResponseFieldPaths` | an array of JSON pointers; the fields come back in `provider-metadata` |
//! | `guardrailConfig` | an object: `guardrailIdentifier`, `guardrailVersion`, `trace`, `streamProcessingMode` |
//! | `performanceConfig` | an object: `latency` |
//! | `promptVariables` | an object, for a prompt's ARN |
//! | `baseModel` | the foundation model behind an ARN that does not tell it |
//! | `capabilities` | an object: settings of `data/models.json` for this call |
//!
//! `request.extensions.anthropic` has what Anthropic's own API has and the canonical shape has not:
//! `context_management`.
//!
//! | in `context.extensions.bedrock` | is |
//! |---|---|
//! | `models` | an object of settings by prefix of model id, over `data/models.json`; a name that begins so is called as it is |
//! | `baseModels` | an object of foundation models by the ARN or id that does not tell its own |
//! | `inferenceProfiles` | false: call each model by the id that is given |
//! | `maxFrameBytes` | the most bytes of a frame of a stream, 24 MiB unless it says less |
//! | `profile` | the profile of the shared files to find credentials by, instead of `AWS_PROFILE`'s |
//! | `pingMs` | after how many milliseconds of silence a stream says that it lives; 0: never |
//! | `prices` | an object of rows by key, over `data/prices.json`; a row is read where a call needs it |
//! | `promptCaching` | an object: cache points where the caller marks none, `when` `continued` (a conversation that goes on) or `always`, for a `ttl` of `5m` or `1h` |
//! | `unsupportedContent` | `error`, or `replace`: content that cannot be sent is replaced by a text that says what it was |

mod prompt_caching;

use crate::canonical::Error;
use crate::event_stream::Limits;
use crate::excerpt::printable;
use crate::guardrail;
use crate::json::{self, Object};
use crate::model;
use crate::warnings::{Code, Warnings};

pub(crate) use prompt_caching::PromptCaching;

/// Of a request.
#[derive(Debug, Default)]
pub(crate) struct RequestExtensions<'a> {
    pub additional_model_request_fields: Option<Object<'a>>,
    pub additional_model_response_field_paths: Vec<String>,
    pub guardrail_config: Option<Object<'a>>,
    /// JSON.
    pub performance_config: Option<&'a str>,
    /// JSON.
    pub prompt_variables: Option<&'a str>,
    pub base_model: Option<String>,
    pub capabilities: Option<Object<'a>>,
    /// Anthropic's, of its own key.
    pub context_management: Option<Object<'a>>,
}

/// Of a context.
#[derive(Debug)]
pub(crate) struct ContextExtensions<'a> {
    pub models: Option<Object<'a>>,
    base_models: Object<'a>,
    pub inference_profiles: bool,
    /// In bytes.
    pub max_frame: u32,
    /// None: never.
    pub ping_ms: Option<u64>,
    pub prices: Option<Object<'a>>,
    pub profile: Option<String>,
    /// None: the caller's own cache points alone.
    pub prompt_caching: Option<PromptCaching>,
    /// Content that is not supported is replaced by a text; otherwise it is an error.
    pub replace_unsupported: bool,
}

/// Where nobody says otherwise: half of what proxies commonly wait for a byte.
const PING_MS: u64 = 15_000;

/// A frame's prelude and checksums alone, which no event fits in.
const MIN_FRAME: u64 = 1024;

const REQUEST_MEMBERS: &[&str] = &[
    "additionalModelRequestFields",
    "additionalModelResponseFieldPaths",
    "guardrailConfig",
    "performanceConfig",
    "promptVariables",
    "baseModel",
    "capabilities",
];

const CONTEXT_MEMBERS: &[&str] = &[
    "models",
    "baseModels",
    "inferenceProfiles",
    "maxFrameBytes",
    "pingMs",
    "prices",
    "profile",
    "promptCaching",
    "unsupportedContent",
];

impl<'a> RequestExtensions<'a> {
    pub(crate) fn parse(extensions: Option<&'a str>, notes: &mut Warnings) -> Result<Self, Error> {
        const PATH: &str = "extensions";
        let [ours, anthropic] = of_keys(["bedrock", "anthropic"], extensions, PATH)?;
        leave_out_unknown(&ours, REQUEST_MEMBERS, PATH, notes)?;
        let fields = ours.object("additionalModelRequestFields").ok().flatten();
        for (name, _) in fields.iter().flat_map(Object::members) {
            let name = name.into_string();
            if guardrail::is_meant_by(&name) {
                let path = member("extensions.bedrock.additionalModelRequestFields", &name);
                return Err(guardrail::misplaced(path));
            }
        }
        let read = || -> Result<Self, json::Error> {
            // Objects, as AWS will read them: what is in them is for AWS to say.
            ours.object("performanceConfig")?;
            ours.object("promptVariables")?;
            Ok(RequestExtensions {
                additional_model_request_fields: ours.object("additionalModelRequestFields")?,
                additional_model_response_field_paths: texts(
                    &ours,
                    "additionalModelResponseFieldPaths",
                )?,
                guardrail_config: ours.object("guardrailConfig")?,
                performance_config: ours.raw("performanceConfig"),
                prompt_variables: ours.raw("promptVariables"),
                base_model: ours.string("baseModel")?,
                capabilities: ours.object("capabilities")?,
                context_management: None,
            })
        };
        let invalid =
            |path: &'static str| move |error: json::Error| Error::invalid(path, error.to_string());
        let context_management = anthropic
            .object("context_management")
            .map_err(invalid("extensions.anthropic"))?;
        Ok(RequestExtensions {
            context_management,
            ..read().map_err(invalid("extensions.bedrock"))?
        })
    }
}

impl<'a> ContextExtensions<'a> {
    pub(crate) fn parse(extensions: Option<&'a str>, notes: &mut Warnings) -> Result<Self, Error> {
        const PATH: &str = "context.extensions";
        let [ours] = of_keys(["bedrock"], extensions, PATH)?;
        leave_out_unknown(&ours, CONTEXT_MEMBERS, PATH, notes)?;
        let object = |name| {
            ours.object(name)
                .map_err(|error| Error::invalid("context.extensions.bedrock", error.to_string()))
        };
        let inference_profiles = match ours.raw("inferenceProfiles") {
            None | Some("true") => true,
            Some("false") => false,
            Some(_) => {
                return Err(Error::invalid(
                    "context.extensions.bedrock.inferenceProfiles",
                    "expected true or false",
                ));
            }
        };
        let replace_unsupported = match ours.raw("unsupportedContent") {
            None | Some("\"error\"") => false,
            Some("\"replace\"") => true,
            Some(_) => {
                return Err(Error::invalid(
                    "context.extensions.bedrock.unsupportedContent",
                    "expected \"error\" or \"replace\"",
                ));
            }
        };
        let most = u64::from(Limits::default().frame);
        let max_frame = number(&ours, "maxFrameBytes", MIN_FRAME, most)?.unwrap_or(most);
        let ping_ms = number(&ours, "pingMs", 0, u32::MAX.into())?.unwrap_or(PING_MS);
        let base_models = object("baseModels")?.unwrap_or_default();
        let is_text = |(_, base): (json::Text<'_>, &str)| json::kind(base) == json::Kind::String;
        if !base_models.members().all(is_text) {
            return Err(Error::invalid(
                "context.extensions.bedrock.baseModels",
                "expected a model id as a string for each ARN",
            ));
        }
        Ok(ContextExtensions {
            models: object("models")?,
            base_models,
            inference_profiles,
            max_frame: u32::try_from(max_frame).unwrap_or(u32::MAX),
            ping_ms: Some(ping_ms).filter(|milliseconds| *milliseconds > 0),
            prices: object("prices")?,
            profile: ours
                .string("profile")
                .map_err(|error| Error::invalid("context.extensions.bedrock", error.to_string()))?,
            prompt_caching: object("promptCaching")?
                .map(|setting| PromptCaching::read(&setting))
                .transpose()?,
            replace_unsupported,
        })
    }
}

impl ContextExtensions<'_> {
    /// Whether the operator has said anything of a name, so that it is called whatever its form.
    pub(crate) fn knows(&self, name: &str) -> bool {
        let mut prefixes = self.models.iter().flat_map(Object::members);
        prefixes.any(|(prefix, _)| name.starts_with(&prefix.into_string()))
            || self.base_models.raw(name).is_some()
    }

    /// The foundation model behind an ARN or id that does not tell it: what the operator says, else what the request
    /// says.
    pub(crate) fn base_model(&self, id: &str, requested: Option<&str>) -> Option<String> {
        let own = self.base_models.string(id).ok().flatten();
        let named = own.as_deref().or(requested)?;
        Some(model::id_of(named).into_owned())
    }
}

/// A whole number of the context's within limits.
fn number(ours: &Object<'_>, name: &str, least: u64, most: u64) -> Result<Option<u64>, Error> {
    match ours.number(name) {
        Ok(None) => Ok(None),
        Ok(Some(number)) if (least..=most).contains(&number) => Ok(Some(number)),
        _ => Err(Error::invalid(
            format!("context.extensions.bedrock.{name}"),
            format!("expected an integer from {least} to {most}"),
        )),
    }
}

fn texts(ours: &Object<'_>, name: &str) -> Result<Vec<String>, json::Error> {
    let read = |element: &str| match json::Text::of_literal(element) {
        Some(text) => Ok(text.into_string()),
        None => Err(json::Error::Mistyped {
            member: format!("{name}: "),
            expected: "strings",
            seen: json::kind(element).words(),
        }),
    };
    ours.elements(name)?.into_iter().map(read).collect()
}

/// The object under a provider's key.
fn of_keys<'a, const N: usize>(
    keys: [&str; N],
    extensions: Option<&'a str>,
    path: &str,
) -> Result<[Object<'a>; N], Error> {
    let mut found = [(); N].map(|()| Object::default());
    let invalid = |error: json::Error| Error::invalid(path, error.to_string());
    if let Some(extensions) = extensions {
        let extensions = Object::parse(extensions.as_bytes()).map_err(invalid)?;
        for (name, _) in extensions.members() {
            let name = name.into_string();
            if guardrail::is_meant_by(&name) {
                return Err(guardrail::misplaced(member(path, &name)));
            }
            // What another provider's key holds is not read, and this would be none's.
            if name != "bedrock" && name.eq_ignore_ascii_case("bedrock") {
                let path = member(path, &name);
                return Err(Error::invalid(
                    path,
                    "expected \"bedrock\", in small letters",
                ));
            }
        }
        for (key, found) in keys.into_iter().zip(&mut found) {
            *found = extensions.object(key).map_err(invalid)?.unwrap_or_default();
        }
    }
    Ok(found)
}

fn member(path: &str, name: &str) -> String {
    [path, ".", &printable(name, 64)].concat()
}

fn leave_out_unknown(
    ours: &Object<'_>,
    known: &[&str],
    path: &str,
    notes: &mut Warnings,
) -> Result<(), Error> {
    for (name, _) in ours.members() {
        let name = name.into_string();
        if !known.contains(&name.as_str()) {
            let path = member(&[path, ".bedrock"].concat(), &name);
            if guardrail::is_meant_by(&name) {
                return Err(guardrail::misplaced(path));
            }
            notes.lost(Code::Ignored, path, "unknown field; ignored")?;
        }
    }
    Ok(())
}
