//! Optimises the core module inside a component.
//!
//! wasm-opt reads core modules only, and wasm-component-ld has already wrapped ours into a
//! component. So the component's top level is cut into its sections ([binary format]), the largest
//! core module goes through wasm-opt, and everything else is put back byte for byte, save for the
//! custom sections that only name tools and symbols.
//!
//! [binary format]: https://github.com/WebAssembly/component-model/blob/main/design/mvp/Binary.md

use std::fs;

use anyhow::{Context, ensure};
use wasmparser::{BinaryReader, Validator};

use crate::{
    setup::WasmOpt,
    steps::Step,
    workspace::{self, Workspace},
};

/// Smallest code first; then what only debuggers and surveys read.
const PASSES: [&str; 3] = ["-Oz", "--strip-debug", "--strip-producers"];

/// The proposals that rustc's wasm32-unknown-unknown baseline emits. `strip = true` removes the
/// section that would tell wasm-opt.
const FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Custom sections of a component that no host needs.
const DROPPED_CUSTOM_SECTIONS: [&str; 3] = ["component-name", "name", "producers"];

const CUSTOM_SECTION: u8 = 0;
const CORE_MODULE_SECTION: u8 = 1;

/// Magic, version and layer: the bytes before the first section.
const PREAMBLE: usize = 8;

/// Names everything besides the input that the output depends on.
pub(crate) fn recipe(wasm_opt: &WasmOpt) -> String {
    let arguments = [PASSES.as_slice(), &FEATURES].concat().join(" ");
    format!("wasm-opt {} {arguments}", wasm_opt.version())
}

/// Returns the component with its largest core module optimised, or the core module that is no component; validated.
pub(crate) fn linked(
    workspace: &Workspace,
    wasm_opt: &WasmOpt,
    file_name: &str,
    linked: &[u8],
) -> anyhow::Result<Vec<u8>> {
    let optimise = |module: &[u8]| {
        let folder = workspace.target().join("wasm-opt");
        let input = folder.join(format!("{}-in-{file_name}", std::process::id()));
        let output = folder.join(format!("{}-out-{file_name}", std::process::id()));
        workspace::write(&input, module)?;
        let mut command = workspace.tool("node");
        command
            .arg(&wasm_opt.script)
            .arg(&input)
            .arg("-o")
            .arg(&output);
        command.args(PASSES).args(FEATURES);
        Step::quiet().run(command)?;
        let module = workspace::read(&output)?;
        fs::remove_file(input)?;
        fs::remove_file(output)?;
        Ok(module)
    };
    let optimised = if wasmparser::Parser::is_core_wasm(linked) {
        optimise(linked)?
    } else {
        replace_core_module(linked, optimise)?
    };
    Validator::new()
        .validate_all(&optimised)
        .context("what wasm-opt made of it is not valid")?;
    Ok(optimised)
}

/// One section of a component's top level.
struct Section<'a> {
    id: u8,
    /// Id, size and content.
    whole: &'a [u8],
    content: &'a [u8],
}

/// Puts `replace`'s answer in the place of the largest core module.
fn replace_core_module(
    component: &[u8],
    replace: impl FnOnce(&[u8]) -> anyhow::Result<Vec<u8>>,
) -> anyhow::Result<Vec<u8>> {
    let (preamble, sections) = sections(component)?;
    let (main_index, main_module) = sections
        .iter()
        .enumerate()
        .filter(|(_, section)| section.id == CORE_MODULE_SECTION)
        .max_by_key(|(_, section)| section.content.len())
        .context("the component holds no core module")?;
    let module = replace(main_module.content)?;

    let mut spliced = preamble.to_vec();
    for (index, section) in sections.iter().enumerate() {
        if index == main_index {
            spliced.push(CORE_MODULE_SECTION);
            push_size(&mut spliced, module.len())?;
            spliced.extend_from_slice(&module);
        } else if !section.is_dropped()? {
            spliced.extend_from_slice(section.whole);
        }
    }
    Ok(spliced)
}

/// Cuts a component into its preamble and its sections.
fn sections(component: &[u8]) -> anyhow::Result<(&[u8], Vec<Section<'_>>)> {
    ensure!(
        wasmparser::Parser::is_component(component),
        "expected a component, seen a core module or something else; \
         is wasm-component-ld the linker in .cargo/config.toml?"
    );
    let mut reader = BinaryReader::new(component, 0);
    let preamble = reader.read_bytes(PREAMBLE)?;
    let mut sections = Vec::new();
    while !reader.eof() {
        let start = reader.current_position();
        let id = reader.read_u8()?;
        let size = reader.read_var_u32()?;
        let content = reader.read_bytes(size as usize)?;
        sections.push(Section {
            id,
            whole: &component[start..reader.current_position()],
            content,
        });
    }
    Ok((preamble, sections))
}

impl Section<'_> {
    fn is_dropped(&self) -> anyhow::Result<bool> {
        if self.id != CUSTOM_SECTION {
            return Ok(false);
        }
        let name = BinaryReader::new(self.content, 0).read_string()?;
        Ok(DROPPED_CUSTOM_SECTIONS.contains(&name))
    }
}

/// Appends a section's size as unsigned LEB128.
fn push_size(bytes: &mut Vec<u8>, size: usize) -> anyhow::Result<()> {
    let mut rest = u32::try_from(size).context("a section is at most 4 GiB")?;
    loop {
        let low = (rest & 0x7f) as u8;
        rest >>= 7;
        if rest == 0 {
            bytes.push(low);
            return Ok(());
        }
        bytes.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{Component, CustomSection, Module, ModuleSection, RawSection, TypeSection};

    use super::*;

    /// A core module with so many function types.
    fn module(types: usize) -> Module {
        let mut section = TypeSection::new();
        for _ in 0..types {
            section.ty().function([], []);
        }
        let mut module = Module::new();
        module.section(&section);
        module
    }

    fn custom(name: &'static str) -> CustomSection<'static> {
        CustomSection {
            name: name.into(),
            data: b"data"[..].into(),
        }
    }

    fn component_of(modules: &[&Module], custom_sections: &[&'static str]) -> Vec<u8> {
        let mut component = Component::new();
        for module in modules {
            component.section(&ModuleSection(module));
        }
        for name in custom_sections {
            component.section(&custom(name));
        }
        component.finish()
    }

    #[test]
    fn the_largest_module_is_replaced_and_the_others_stay() {
        let (shim, main, fixups) = (module(1), module(100), module(2));
        let component = component_of(&[&shim, &main, &fixups], &[]);
        let spliced = replace_core_module(&component, |seen| {
            assert_eq!(seen, main.as_slice());
            Ok(module(3).finish())
        })
        .unwrap();
        assert_eq!(spliced, component_of(&[&shim, &module(3), &fixups], &[]));
        Validator::new().validate_all(&spliced).unwrap();
    }

    #[test]
    fn a_module_may_come_back_unchanged() {
        let component = component_of(&[&module(1), &module(50)], &["kept"]);
        let spliced = replace_core_module(&component, |seen| Ok(seen.to_vec())).unwrap();
        assert_eq!(spliced, component);
    }

    #[test]
    fn only_custom_sections_that_name_tools_and_symbols_are_dropped() {
        let main = module(5);
        let component = component_of(&[&main], &["producers", "kept", "name", "component-name"]);
        let spliced = replace_core_module(&component, |seen| Ok(seen.to_vec())).unwrap();
        assert_eq!(spliced, component_of(&[&main], &["kept"]));
    }

    #[test]
    fn sizes_are_written_as_the_reference_encoder_writes_them() {
        for types in [1, 40, 41, 42, 43, 5_000, 6_000] {
            let component = component_of(&[&module(1)], &[]);
            let larger = module(types).finish();
            let spliced = replace_core_module(&component, |_| Ok(larger.clone())).unwrap();
            let mut expected = Component::new();
            expected.section(&RawSection {
                id: CORE_MODULE_SECTION,
                data: &larger,
            });
            assert_eq!(spliced, expected.finish(), "{} bytes", larger.len());
        }
    }

    #[test]
    fn what_is_no_component_is_refused() {
        let core = module(1).finish();
        let error = replace_core_module(&core, |_| unreachable!()).unwrap_err();
        assert!(
            error.to_string().starts_with("expected a component"),
            "{error}"
        );
        let empty = Component::new().finish();
        let error = replace_core_module(&empty, |_| unreachable!()).unwrap_err();
        assert_eq!(error.to_string(), "the component holds no core module");
    }

    #[test]
    fn a_cut_component_is_refused_at_every_length() {
        let component = component_of(&[&module(50)], &[]);
        for length in 0..component.len() {
            let cut = replace_core_module(&component[..length], |seen| Ok(seen.to_vec()));
            assert!(cut.is_err(), "{length} of {} bytes", component.len());
        }
    }
}
