//! What a component is made of, read from its bytes without running it: its imports are all that it can ask a host for.

use serde::Serialize;
use wasmparser::{ComponentExternalKind, Encoding, Parser, Payload, Validator};

/// Why there is nothing to tell about a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InspectError {
    /// Not WebAssembly at all.
    #[error(
        "this is not WebAssembly: expected a file that begins with \\0asm, saw {0} bytes that do not"
    )]
    NotWasm(usize),
    /// A core module, which has no typed interfaces.
    #[error(
        "this is a core module, not a component: build it with `cargo xtask build`, \
         or link it with wasm-component-ld"
    )]
    CoreModule,
    /// WebAssembly that breaks its own format.
    #[error("the component is not valid: {0}")]
    Invalid(#[from] wasmparser::BinaryReaderError),
}

/// What kind of thing is imported or exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ItemKind {
    /// A function.
    Function,
    /// An interface: functions and types under one name.
    Interface,
    /// A type or a resource.
    Type,
    /// A component or a core module.
    Component,
    /// A value.
    Value,
}

/// One import or export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Item {
    /// E.g. `wasi:http/types@0.2.6`.
    pub name: String,
    /// What it is.
    pub kind: ItemKind,
}

/// What [`inspect`] found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Inspection {
    /// Of the whole file.
    pub bytes: usize,
    /// Bytes of each core module in it, in order; the first is the program, others adapt it.
    pub core_modules: Vec<u64>,
    /// In the component's own order.
    pub imports: Vec<Item>,
    /// In the component's own order.
    pub exports: Vec<Item>,
}

/// Read a component's imports, exports and sizes, and check that it is valid.
///
/// # Errors
///
/// Where the bytes are no component.
pub fn inspect(bytes: &[u8]) -> Result<Inspection, InspectError> {
    if !bytes.starts_with(b"\0asm") {
        return Err(InspectError::NotWasm(bytes.len()));
    }
    if Parser::is_core_wasm(bytes) {
        return Err(InspectError::CoreModule);
    }
    Validator::new().validate_all(bytes)?;

    let mut found = Inspection {
        bytes: bytes.len(),
        core_modules: Vec::new(),
        imports: Vec::new(),
        exports: Vec::new(),
    };
    // How deep in nested modules and components the parser is; only the outermost talks to the host.
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::Version {
                encoding: Encoding::Module,
                ..
            } if depth == 0 => {
                return Err(InspectError::CoreModule);
            }
            Payload::ModuleSection {
                unchecked_range, ..
            } => {
                let size = unchecked_range.end.saturating_sub(unchecked_range.start);
                found.core_modules.push(size);
                depth += 1;
            }
            Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    let import = import?;
                    found.imports.push(item(import.name.name, import.ty.kind()));
                }
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                for export in section {
                    let export = export?;
                    found.exports.push(item(export.name.name, export.kind));
                }
            }
            _ => {}
        }
    }
    Ok(found)
}

fn item(name: &str, kind: ComponentExternalKind) -> Item {
    Item {
        name: name.to_owned(),
        kind: match kind {
            ComponentExternalKind::Func => ItemKind::Function,
            ComponentExternalKind::Instance => ItemKind::Interface,
            ComponentExternalKind::Type => ItemKind::Type,
            ComponentExternalKind::Component | ComponentExternalKind::Module => ItemKind::Component,
            ComponentExternalKind::Value => ItemKind::Value,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY_MODULE: &[u8] = b"\0asm\x01\0\0\0";
    const EMPTY_COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

    #[test]
    fn an_empty_component_imports_and_exports_nothing() {
        let found = inspect(EMPTY_COMPONENT).unwrap();
        assert_eq!(found.bytes, 8);
        assert!(found.imports.is_empty() && found.exports.is_empty());
    }

    #[test]
    fn a_nested_module_counts_by_its_size() {
        // Section 1 of a component is a core module; here the empty one, 8 bytes long.
        let bytes = [EMPTY_COMPONENT, b"\x01\x08", EMPTY_MODULE].concat();
        assert_eq!(inspect(&bytes).unwrap().core_modules, [8]);
    }

    #[test]
    fn what_is_no_component_says_what_it_is() {
        assert!(matches!(
            inspect(EMPTY_MODULE),
            Err(InspectError::CoreModule)
        ));
        assert!(matches!(
            inspect(b"PK\x03\x04"),
            Err(InspectError::NotWasm(4))
        ));
        assert!(matches!(inspect(b""), Err(InspectError::NotWasm(0))));
        let cut = [EMPTY_COMPONENT, b"\x01\x08"].concat();
        assert!(matches!(inspect(&cut), Err(InspectError::Invalid(_))));
    }
}
