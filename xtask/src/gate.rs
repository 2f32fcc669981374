//! The size budget: `xtask/sizes.json` holds each component's exact size and its ceiling.
//!
//! A component may not grow unnoticed: more than its recorded size fails the check until
//! `cargo xtask sizes --accept` records the new one, in a change that a reviewer sees. The ceiling
//! is what the project promises, and no command raises it. Recorded sizes hold for one compiler;
//! under another only the ceilings are held.

use std::{collections::BTreeMap, fmt::Write};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};

use crate::{
    component::Built,
    workspace::{self, Workspace},
};

/// How much smaller than recorded a component may become before the check suggests recording it.
const SLACK: u64 = 2_000;

/// The content of `xtask/sizes.json`.
#[derive(Deserialize, Serialize)]
struct Budget {
    /// For the reader of the file.
    about: String,
    /// The compiler that the recorded sizes hold for, as `rustc --version` names it.
    rustc: String,
    /// By file name.
    components: BTreeMap<String, Allowance>,
}

/// What one component may weigh, in bytes.
#[derive(Clone, Copy, Deserialize, Serialize)]
struct Allowance {
    recorded: u64,
    ceiling: u64,
}

/// What the budget says about one component's size.
#[derive(Debug, PartialEq)]
enum Verdict {
    Fits,
    /// Fits, and the record should follow.
    CanBeLowered,
    AboveRecord,
    AboveCeiling,
}

impl Allowance {
    fn judge(self, bytes: u64, same_compiler: bool) -> Verdict {
        if bytes > self.ceiling {
            Verdict::AboveCeiling
        } else if !same_compiler {
            Verdict::Fits
        } else if bytes > self.recorded {
            Verdict::AboveRecord
        } else if bytes + SLACK < self.recorded {
            Verdict::CanBeLowered
        } else {
            Verdict::Fits
        }
    }
}

impl Budget {
    fn read(workspace: &Workspace) -> anyhow::Result<Self> {
        let path = workspace.sizes_file();
        serde_json::from_slice(&workspace::read(&path)?)
            .with_context(|| format!("{} does not hold a size budget", path.display()))
    }

    fn allowance(&mut self, file_name: &str) -> anyhow::Result<&mut Allowance> {
        self.components
            .get_mut(file_name)
            .with_context(|| format!("xtask/sizes.json has no entry for {file_name}"))
    }

    /// Notes for the reader, or an error that names every component over its allowance.
    fn check(&mut self, rustc: &str, sizes: &[(&str, u64)]) -> anyhow::Result<Vec<String>> {
        let same_compiler = self.rustc == rustc;
        let mut notes = Vec::new();
        let mut faults = String::new();
        if !same_compiler {
            notes.push(format!(
                "only the ceilings are held: sizes were recorded with {}, this is {rustc}",
                self.rustc
            ));
        }
        for &(file_name, bytes) in sizes {
            let allowance = *self.allowance(file_name)?;
            let Allowance { recorded, ceiling } = allowance;
            match allowance.judge(bytes, same_compiler) {
                Verdict::Fits => notes.push(format!("{file_name}: {bytes} of {ceiling} bytes")),
                Verdict::CanBeLowered => notes.push(format!(
                    "{file_name}: {bytes} bytes, {} fewer than recorded; \
                     hold the gain with `cargo xtask sizes --accept`",
                    recorded - bytes
                )),
                Verdict::AboveRecord => writeln!(
                    faults,
                    "{file_name} has {bytes} bytes, {} more than recorded; make it smaller, \
                     or accept the growth on purpose with `cargo xtask sizes --accept`",
                    bytes - recorded
                )?,
                Verdict::AboveCeiling => writeln!(
                    faults,
                    "{file_name} has {bytes} bytes, over its ceiling of {ceiling}; make it smaller"
                )?,
            }
        }
        if faults.is_empty() {
            Ok(notes)
        } else {
            bail!("{}", faults.trim_end())
        }
    }

    /// Makes these sizes the recorded ones; refuses what is over its ceiling.
    fn accept(&mut self, rustc: &str, sizes: &[(&str, u64)]) -> anyhow::Result<()> {
        for &(file_name, bytes) in sizes {
            let allowance = self.allowance(file_name)?;
            let ceiling = allowance.ceiling;
            anyhow::ensure!(
                bytes <= ceiling,
                "{file_name} has {bytes} bytes, over its ceiling of {ceiling}; nothing is recorded"
            );
            allowance.recorded = bytes;
        }
        rustc.clone_into(&mut self.rustc);
        Ok(())
    }
}

/// Holds the components to the budget; returns notes for the reader.
pub(crate) fn check(workspace: &Workspace, built: &[Built]) -> anyhow::Result<Vec<String>> {
    Budget::read(workspace)?.check(&workspace.rustc_version()?, &sizes(built))
}

/// Records the components' sizes as the new budget.
pub(crate) fn accept(workspace: &Workspace, built: &[Built]) -> anyhow::Result<()> {
    let mut budget = Budget::read(workspace)?;
    budget.accept(&workspace.rustc_version()?, &sizes(built))?;
    let text = serde_json::to_string_pretty(&budget)? + "\n";
    workspace::write(&workspace.sizes_file(), text)?;
    for (file_name, bytes) in sizes(built) {
        println!("{file_name}: {bytes} bytes recorded");
    }
    Ok(())
}

fn sizes(built: &[Built]) -> Vec<(&str, u64)> {
    built
        .iter()
        .map(|built| (built.file_name.as_str(), built.after))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUSTC: &str = "rustc 1.95.0";

    fn budget() -> Budget {
        let allowance = Allowance {
            recorded: 10_000,
            ceiling: 20_000,
        };
        Budget {
            about: String::new(),
            rustc: RUSTC.to_owned(),
            components: [("a.wasm".to_owned(), allowance)].into(),
        }
    }

    #[test]
    fn a_size_is_judged_by_record_and_ceiling() {
        let allowance = budget().components["a.wasm"];
        let table = [
            (7_999, true, Verdict::CanBeLowered),
            (8_000, true, Verdict::Fits),
            (10_000, true, Verdict::Fits),
            (10_001, true, Verdict::AboveRecord),
            (20_000, true, Verdict::AboveRecord),
            (20_001, true, Verdict::AboveCeiling),
            (7_999, false, Verdict::Fits),
            (20_000, false, Verdict::Fits),
            (20_001, false, Verdict::AboveCeiling),
        ];
        for (bytes, same_compiler, verdict) in table {
            assert_eq!(
                allowance.judge(bytes, same_compiler),
                verdict,
                "{bytes} bytes, same compiler: {same_compiler}"
            );
        }
    }

    #[test]
    fn growth_fails_and_names_the_way_out() {
        let error = budget().check(RUSTC, &[("a.wasm", 10_005)]).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("5 more than recorded"), "{text}");
        assert!(text.contains("sizes --accept"), "{text}");
    }

    #[test]
    fn another_compiler_is_held_to_the_ceiling_alone_and_told_so() {
        let notes = budget()
            .check("rustc 1.96.0", &[("a.wasm", 15_000)])
            .unwrap();
        assert!(
            notes[0].starts_with("only the ceilings are held"),
            "{notes:?}"
        );
        let error = budget()
            .check("rustc 1.96.0", &[("a.wasm", 20_001)])
            .unwrap_err();
        assert!(error.to_string().contains("over its ceiling"), "{error}");
    }

    #[test]
    fn a_component_without_an_entry_fails() {
        assert!(budget().check(RUSTC, &[("b.wasm", 1)]).is_err());
    }

    #[test]
    fn accepting_records_sizes_and_compiler_but_never_passes_the_ceiling() {
        let mut accepted = budget();
        accepted
            .accept("rustc 1.96.0", &[("a.wasm", 12_000)])
            .unwrap();
        assert!(
            accepted
                .check("rustc 1.96.0", &[("a.wasm", 12_000)])
                .is_ok()
        );
        assert!(
            accepted
                .check("rustc 1.96.0", &[("a.wasm", 12_001)])
                .is_err()
        );
        assert!(accepted.accept(RUSTC, &[("a.wasm", 20_001)]).is_err());
        assert_eq!(accepted.components["a.wasm"].ceiling, 20_000);
    }

    #[test]
    fn the_projects_own_budget_has_an_entry_for_every_world() {
        let workspace = Workspace::find().unwrap();
        let mut budget = Budget::read(&workspace).unwrap();
        for world in crate::component::WORLDS {
            let allowance = budget.allowance(&world.file_name()).unwrap();
            assert!(allowance.recorded <= allowance.ceiling);
        }
    }
}
