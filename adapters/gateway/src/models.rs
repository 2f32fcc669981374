//! `GET /v1/models`: the models that a client may name, in the shape that it reads; `GET /v1/models/{model}`: one of them.
//!
//! Sources: Anthropic's "List Models" (pages by `limit`, `after_id`, `before_id`) and "Get a Model", OpenAI's "List
//! models" (one page) and "Retrieve model".

use bedrock_provider::canonical::{Error, ErrorKind};
use bedrock_provider::json::Writer;
use llm_dialects::alias::Alias;
use llm_dialects::{Dialect, percent_decoded};

use crate::http::Head;
use crate::route;
use crate::rules::Rule;

/// A model by the name that a client may give it.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// What to write in a request.
    pub id: String,
    /// For people.
    pub display_name: String,
    /// Other ids that it can be called by, which are not listed.
    pub profiles: Vec<String>,
}

/// Anthropic's: how many a page has, unless it is asked for, and at most.
const PAGE: usize = 20;
const MAX_PAGE: usize = 1000;

/// The names in the settings first, then what the provider tells, each name once; under a rule, those that may be called.
pub fn all(
    aliases: &[Alias],
    told: impl Iterator<Item = Listed>,
    rule: Option<&Rule>,
) -> Vec<Listed> {
    let admits = |name: &str| rule.is_none_or(|rule| rule.admits_model(name));
    let alias = |alias: &Alias| Listed {
        id: alias.name.clone(),
        display_name: alias.model.clone(),
        profiles: Vec::new(),
    };
    let may_be_called = |alias: &&Alias| {
        let (_, model) = alias.model.split_once('/').unwrap_or(("", &alias.model));
        admits(&alias.name) || admits(&alias.model) || admits(model)
    };
    let listed = aliases.iter().filter(may_be_called);
    let mut models: Vec<Listed> = listed.map(alias).collect();
    let told = told.flat_map(|mut model| {
        model.profiles.retain(|profile| admits(profile));
        if admits(&model.id) {
            return vec![model];
        }
        // Its profiles alone may be called.
        let of_profile = |id: &String| Listed {
            id: id.clone(),
            display_name: model.display_name.clone(),
            profiles: Vec::new(),
        };
        model.profiles.iter().map(of_profile).collect()
    });
    for model in told {
        let is_there = models.iter().any(|listed| listed.id == model.id);
        if !is_there && !model.id.is_empty() {
            models.push(model);
        }
    }
    models
}

/// The answer's body; an error where there is no such model, or a parameter of the query cannot be.
pub fn write(
    dialect: Dialect,
    models: &[Listed],
    owner: &str,
    head: &Head,
) -> Result<String, Error> {
    match (route::model(head), dialect) {
        (Some(name), _) => one(dialect, models, owner, name),
        (None, Dialect::Anthropic) => anthropic(models, head),
        (None, Dialect::OpenAi | Dialect::Responses) => Ok(openai(models, owner)),
    }
}

fn one(dialect: Dialect, models: &[Listed], owner: &str, name: &str) -> Result<String, Error> {
    let name = percent_decoded(name);
    // As it may be called, with the provider's name before it.
    let prefix = [owner, "/"].concat();
    let bare = name.strip_prefix(prefix.as_bytes()).unwrap_or(&name);
    let named = models.iter().find_map(|model| {
        let mut ids = std::iter::once(&model.id).chain(&model.profiles);
        let id = ids.find(|id| [bare, &name].contains(&id.as_bytes()))?;
        Some(Listed {
            id: id.clone(),
            ..model.clone()
        })
    });
    let model = named.ok_or_else(|| {
        let message =
            "unknown model, though it may be supported: GET /v1/models lists those that are known";
        Error {
            code: Some("model_not_found".into()),
            ..Error::new(ErrorKind::NotFound, message)
        }
    })?;
    let mut w = Writer::default();
    match dialect {
        Dialect::Anthropic => model.write_anthropic(&mut w),
        Dialect::OpenAi | Dialect::Responses => model.write_openai(owner, &mut w),
    }
    Ok(w.into_string())
}

impl Listed {
    fn write_anthropic(&self, w: &mut Writer) {
        w.object(|w| {
            w.name("type").text("model");
            w.name("id").text(&self.id);
            w.name("display_name").text(&self.display_name);
            // Anthropic's own word for a date that is not known.
            w.name("created_at").text("1970-01-01T00:00:00Z");
        });
    }

    fn write_openai(&self, owner: &str, w: &mut Writer) {
        w.object(|w| {
            w.name("id").text(&self.id);
            w.name("object").text("model");
            w.name("created").number(0);
            w.name("owned_by").text(owner);
        });
    }
}

fn anthropic(models: &[Listed], head: &Head) -> Result<String, Error> {
    let limit = match head.parameter("limit").map(str::parse) {
        None => PAGE,
        Some(Ok(limit)) if (1..=MAX_PAGE).contains(&limit) => limit,
        Some(_) => return Err(Error::invalid("limit", "expected a number from 1 to 1000")),
    };
    let (before, after) = (head.parameter("before_id"), head.parameter("after_id"));
    let (page, has_more) = match (before, after) {
        (Some(_), Some(_)) => {
            return Err(Error::invalid(
                "before_id",
                "before_id and after_id are not supported together: set only one",
            ));
        }
        (Some(id), None) => {
            let earlier = models.get(..place(models, id, "before_id")?);
            let earlier = earlier.unwrap_or_default();
            let start = earlier.len().saturating_sub(limit);
            (earlier.get(start..).unwrap_or_default(), start > 0)
        }
        (None, after) => {
            let start = match after {
                Some(id) => place(models, id, "after_id")?.saturating_add(1),
                None => 0,
            };
            let later = models.get(start..).unwrap_or_default();
            let end = later.len().min(limit);
            (later.get(..end).unwrap_or_default(), end < later.len())
        }
    };
    let mut w = Writer::default();
    w.object(|w| {
        w.name("data")
            .array(|w| page.iter().for_each(|model| model.write_anthropic(w)));
        w.name("has_more").flag(has_more);
        for (name, model) in [("first_id", page.first()), ("last_id", page.last())] {
            match model {
                Some(model) => w.name(name).text(&model.id),
                None => w.name(name).raw("null"),
            }
        }
    });
    Ok(w.into_string())
}

fn place(models: &[Listed], id: &str, parameter: &str) -> Result<usize, Error> {
    let id = percent_decoded(id);
    let place = models.iter().position(|model| model.id.as_bytes() == id);
    place.ok_or_else(|| Error::invalid(parameter, "unknown model id"))
}

fn openai(models: &[Listed], owner: &str) -> String {
    let mut w = Writer::default();
    w.object(|w| {
        w.name("object").text("list");
        w.name("data")
            .array(|w| models.iter().for_each(|model| model.write_openai(owner, w)));
    });
    w.into_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn five() -> Vec<Listed> {
        let listed = |id: &str| Listed {
            id: id.into(),
            display_name: id.to_uppercase(),
            profiles: vec![["us.", id].concat()],
        };
        ["a", "b", "c:0", "d/1", "e"].map(listed).into()
    }

    fn page(query: &str) -> Result<Value, Error> {
        let head = Head::new("GET", &format!("/v1/models{query}"), Vec::new());
        let json = write(Dialect::Anthropic, &five(), "x", &head)?;
        Ok(serde_json::from_str(&json).unwrap())
    }

    #[test]
    fn pages_follow_each_other_both_ways_and_say_whether_there_are_more() {
        for (query, ids, has_more) in [
            ("", &["a", "b", "c:0", "d/1", "e"][..], false),
            ("?limit=2", &["a", "b"], true),
            ("?limit=2&after_id=b", &["c:0", "d/1"], true),
            ("?limit=2&after_id=d%2F1", &["e"], false),
            ("?after_id=e", &[], false),
            ("?limit=2&before_id=d/1", &["b", "c:0"], true),
            ("?limit=2&before_id=c%3a0", &["a", "b"], false),
            ("?before_id=a", &[], false),
            // As Claude Code asks.
            ("?limit=1000", &["a", "b", "c:0", "d/1", "e"], false),
        ] {
            let page = page(query).unwrap();
            let data = page["data"].as_array().unwrap();
            let seen: Vec<_> = data.iter().map(|m| m["id"].as_str().unwrap()).collect();
            assert_eq!(seen, ids, "{query}");
            assert_eq!(page["has_more"], has_more, "{query}");
            assert_eq!(page["first_id"], json!(ids.first()), "{query}");
            assert_eq!(page["last_id"], json!(ids.last()), "{query}");
        }
    }

    #[test]
    fn a_page_that_cannot_be_is_an_error_with_the_parameters_name() {
        for (query, path) in [
            ("?limit=0", "limit"),
            ("?limit=1001", "limit"),
            ("?limit=x", "limit"),
            ("?after_id=none", "after_id"),
            ("?before_id=%zz%", "before_id"),
            ("?after_id=a&before_id=b", "before_id"),
        ] {
            assert_eq!(page(query).unwrap_err().path.as_deref(), Some(path));
        }
    }

    #[test]
    fn both_shapes_are_those_of_the_official_clients() {
        let page = page("?limit=1").unwrap();
        assert_eq!(
            page["data"],
            json!([{"type": "model", "id": "a", "display_name": "A", "created_at": "1970-01-01T00:00:00Z"}])
        );
        let head = Head::new("GET", "/v1/models", Vec::new());
        let one = &five()[..1];
        let json = write(Dialect::OpenAi, one, "bedrock", &head).unwrap();
        assert_eq!(
            serde_json::from_str::<Value>(&json).unwrap(),
            json!({"object": "list", "data": [
                {"id": "a", "object": "model", "created": 0, "owned_by": "bedrock"}
            ]})
        );
    }

    #[test]
    fn one_model_is_told_by_its_name_as_the_list_tells_it() {
        let told = |dialect, path: &str| {
            let head = Head::new("GET", path, Vec::new());
            let json = write(dialect, &five(), "x", &head)?;
            Ok::<Value, Error>(serde_json::from_str(&json).unwrap())
        };
        let list = told(Dialect::Anthropic, "/v1/models").unwrap();
        for path in ["/v1/models/c%3A0?beta=true", "/v1/models/c:0"] {
            assert_eq!(told(Dialect::Anthropic, path), Ok(list["data"][2].clone()));
        }
        let list = told(Dialect::OpenAi, "/v1/models").unwrap();
        for path in ["/v1/models/d%2F1", "/v1/models/d/1"] {
            assert_eq!(told(Dialect::OpenAi, path), Ok(list["data"][3].clone()));
        }
        // With its provider, and by a profile's id too, which the list has not.
        let full = told(Dialect::OpenAi, "/v1/models/x%2Fa").unwrap();
        assert_eq!(full["id"], "a");
        let profile = told(Dialect::OpenAi, "/v1/models/us.a").unwrap();
        assert_eq!(profile["id"], "us.a");
        let error = told(Dialect::OpenAi, "/v1/models/none").unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotFound);
        assert_eq!(error.code.as_deref(), Some("model_not_found"));
    }

    #[test]
    fn names_of_the_settings_come_first_and_none_is_there_twice() {
        let aliases = [Alias {
            name: "e".into(),
            model: "bedrock/x".into(),
            base: Some("b".into()),
            fallbacks: None,
        }];
        let nameless = Listed {
            id: String::new(),
            display_name: "?".into(),
            profiles: Vec::new(),
        };
        let told = five().into_iter().chain([nameless]);
        let models = all(&aliases, told, None);
        let seen: Vec<_> = models
            .iter()
            .map(|m| (m.id.as_str(), m.display_name.as_str()))
            .collect();
        let expected = [
            ("e", "bedrock/x"),
            ("a", "A"),
            ("b", "B"),
            ("c:0", "C:0"),
            ("d/1", "D/1"),
        ];
        assert_eq!(seen, expected);
    }
}
