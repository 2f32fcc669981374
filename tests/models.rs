//! `data/models.json` is in order: what the tests of `src/capability`, which hold its names and words, do not see.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use table::{Members, Row, Table};

#[path = "../data/table.rs"]
mod table;

const TEXT: &str = include_str!("../data/models.json");

fn table() -> Table {
    Table::read(TEXT.as_bytes()).expect("the table")
}

fn models() -> Vec<Row> {
    let mut rows = table().rows;
    rows.retain(|row| row.is_model);
    assert!(rows.len() > 100, "only {} models", rows.len());
    rows
}

/// The rows of a section as the file has them, without what they inherit.
fn section(name: &str) -> Map<String, Value> {
    let file: Value = serde_json::from_str(TEXT).expect("JSON");
    file[name].as_object().expect("a section").clone()
}

fn words(members: &Members, name: &str) -> Vec<String> {
    let words = members[name].as_array().expect(name);
    let words = words.iter().map(|word| word.as_str().expect(name));
    words.map(str::to_owned).collect()
}

/// The words of `const NAME: &[…] = &[…];`.
fn words_of(source: &str, name: &str) -> BTreeSet<String> {
    let (_, rest) = source.split_once(&format!("const {name}: &[")).expect(name);
    let (_, rest) = rest.split_once("] = &[").expect(name);
    let (list, _) = rest.split_once("];").expect(name);
    let words: BTreeSet<_> = list
        .split('"')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect();
    assert!(words.len() > 3, "{name}: {words:?}");
    words
}

#[test]
fn every_model_is_of_a_family() {
    for model in models() {
        assert_ne!(model.members["family"], "unknown", "{}", model.prefix);
    }
}

#[test]
fn every_family_has_a_model() {
    let models = models();
    for family in section("families").keys() {
        assert!(
            models.iter().any(|model| model.prefix.starts_with(family)),
            "{family} is the beginning of no model's id"
        );
    }
}

#[test]
fn no_row_repeats_what_it_inherits() {
    let Table { unknown, rows } = table();
    for row in &rows {
        let mut shorter: Vec<_> = rows
            .iter()
            .filter(|other| !other.is_model && row.prefix.starts_with(&other.prefix))
            .filter(|other| row.is_model || other.prefix != row.prefix)
            .collect();
        shorter.sort_by_key(|family| family.prefix.len());
        let mut inherited = unknown.clone();
        for family in shorter {
            inherited.extend(family.own.clone());
        }
        inherited.remove("about");
        for (name, value) in &row.own {
            assert_ne!(inherited.get(name), Some(value), "{}: {name}", row.prefix);
        }
    }
}

#[test]
fn every_row_has_a_line_of_its_own_and_no_id_comes_twice() {
    for name in ["families", "models"] {
        let (_, rest) = TEXT.split_once(&format!(" \"{name}\": {{\n")).expect(name);
        let (lines, _) = rest.split_once("\n }").expect(name);
        let ids: Vec<_> = lines
            .lines()
            .map(|line| {
                let line = line.trim().trim_end_matches(',');
                let row: Value = serde_json::from_str(&format!("{{{line}}}")).expect(line);
                let row = row.as_object().expect("an object");
                assert_eq!(row.len(), 1, "{line}");
                row.keys().next().expect("an id").clone()
            })
            .collect();
        let distinct: BTreeSet<_> = ids.iter().collect();
        assert_eq!(ids.len(), distinct.len(), "{name}");
        assert_eq!(ids.len(), section(name).len(), "{name}");
        assert!(name == "families" || ids.is_sorted(), "{name} by id");
    }
}

#[test]
fn every_geography_is_a_prefix_that_ids_are_read_by() {
    let known = words_of(
        include_str!("../src/capability/foundation.rs"),
        "GEOGRAPHIES",
    );
    for row in table().rows {
        for geography in words(&row.members, "geographies") {
            assert!(known.contains(&geography), "{}: {geography}", row.prefix);
        }
    }
}

#[test]
fn a_model_that_is_called_by_a_profile_alone_has_one() {
    for model in models() {
        let has_one = !words(&model.members, "geographies").is_empty();
        assert!(
            has_one || model.members["profile_only"] == false,
            "{}",
            model.prefix
        );
    }
}

#[test]
fn every_effort_is_known_and_the_least_comes_first() {
    const ORDER: &[&str] = &["minimal", "low", "medium", "high", "xhigh", "max"];
    let ours = words_of(
        include_str!("../src/converse/thinking/effort.rs"),
        "EFFORTS",
    );
    assert_eq!(ours, ORDER.iter().map(|word| (*word).to_owned()).collect());
    let by_effort = ["nova", "effort", "nested_effort", "config"];
    for row in table().rows {
        let efforts = words(&row.members, "efforts");
        let ranks = efforts
            .iter()
            .map(|effort| ORDER.iter().position(|word| word == effort));
        let ranks: Vec<_> = ranks.map(|rank| rank.expect(&row.prefix)).collect();
        assert!(
            ranks.is_sorted_by(|a, b| a < b),
            "{}: {efforts:?}",
            row.prefix
        );
        let reasoning = row.members["reasoning"].as_str().expect("reasoning");
        assert!(
            !by_effort.contains(&reasoning) || !efforts.is_empty(),
            "{}",
            row.prefix
        );
        assert!(
            !["none", "always"].contains(&reasoning) || efforts.is_empty(),
            "{} knows efforts and cannot be told them",
            row.prefix
        );
    }
}

#[test]
fn the_last_day_of_a_model_is_a_date() {
    let mut dates = 0;
    for row in table().rows {
        let date = row.members["deprecation_date"].as_str().expect("a text");
        if date.is_empty() {
            continue;
        }
        assert!(row.is_model, "{}: a family does not end", row.prefix);
        let fields: Vec<u16> = date
            .split('-')
            .map(|field| field.parse().expect(date))
            .collect();
        let [year, month, day] = fields[..] else {
            panic!("{}: {date}", row.prefix);
        };
        assert!(date.len() == 10 && (2024..2100).contains(&year), "{date}");
        assert!(
            (1..=12).contains(&month) && (1..=31).contains(&day),
            "{date}"
        );
        dates += 1;
    }
    assert!(dates > 30, "only {dates} dates");
}

#[test]
fn what_rests_on_tools_media_and_lengths_does_not_contradict_them() {
    for row in table().rows {
        let members = &row.members;
        let is = |name: &str| members[name] == true;
        let number = |name: &str| members[name].as_u64().expect(name);
        let id = &row.prefix;
        assert!(
            is("tools") || !is("stream_tools"),
            "{id}: streams tools, has none"
        );
        assert!(
            is("tools") || members["tool_choice"] == "none",
            "{id}: chooses among no tools"
        );
        assert!(
            is("images") || !is("result_images"),
            "{id}: sees images in results alone"
        );
        assert!(
            is("documents") || members["result_documents"] == "none",
            "{id}: reads documents in results alone"
        );
        assert!(
            members["cache"] != "none" || number("cache_min_tokens") == 0,
            "{id}"
        );
        assert!(number("min_output_tokens") >= 1, "{id}");
        let longest = number("max_output_tokens");
        assert!(
            longest == 0 || longest >= number("min_output_tokens"),
            "{id}"
        );
        // Families have no lengths, so that a new model is not held to an old one's.
        assert!(row.is_model || longest == 0, "{id}");
    }
}
