//! Composes components: what one exports becomes what another imports, and the result imports what is left.
//!
//! The parts are taken as they lie in `target/components`, optimised by now, and put side by side into one file.

use std::fs;

use anyhow::{Context, ensure};
use wac_graph::{CompositionGraph, EncodeOptions, types::Package};

use crate::{
    component::{
        ANY_GATEWAY, Built, ECHO, GATEWAY, KEYVALUE_LEDGER, LEDGER, PROVIDER, ROUTER, World,
    },
    steps::Steps,
    workspace::{self, Workspace},
};

/// A file that is composed.
struct Composition {
    file_name: &'static str,
    /// Each gives what those behind it ask for; the last one's exports are the file's.
    parts: &'static [World],
}

const COMPOSITIONS: [Composition; 4] = [
    Composition {
        file_name: "bedrock_gateway.wasm",
        parts: &[PROVIDER, GATEWAY],
    },
    Composition {
        file_name: "bedrock_gateway_ledger.wasm",
        parts: &[KEYVALUE_LEDGER, LEDGER, GATEWAY],
    },
    Composition {
        file_name: "echo_gateway.wasm",
        parts: &[ECHO, ANY_GATEWAY],
    },
    Composition {
        file_name: "echo_router_gateway.wasm",
        parts: &[ECHO, ROUTER, ANY_GATEWAY],
    },
];

impl Composition {
    fn name(&self) -> &'static str {
        let name = self.file_name;
        name.strip_suffix(".wasm").unwrap_or(name)
    }
}

/// What is composed, by the files' names without their endings.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    COMPOSITIONS.iter().map(Composition::name)
}

/// The names of what this world is a part of.
pub(crate) fn wholes_of(world: &World) -> impl Iterator<Item = &'static str> {
    let file_name = world.file_name();
    let is_whole = move |whole: &&Composition| {
        let mut parts = whole.parts.iter();
        parts.any(|part| part.file_name() == file_name)
    };
    COMPOSITIONS.iter().filter(is_whole).map(Composition::name)
}

/// The interfaces of this project: none of them may be left for the host.
const OWN: &str = "llm:";

/// Composes what can be composed of the components that were built.
pub(crate) fn all(
    workspace: &Workspace,
    steps: &Steps,
    built: &[Built],
) -> anyhow::Result<Vec<Built>> {
    let mut composed = Vec::new();
    for Composition { file_name, parts } in &COMPOSITIONS {
        let of = |part: &World| {
            built
                .iter()
                .find(|built| built.file_name == part.file_name())
        };
        let parts: Option<Vec<&Built>> = parts.iter().map(of).collect();
        let Some(parts) = parts else { continue };
        composed.push(steps.step(&format!("compose {file_name}"), |_| {
            one(workspace, file_name, &parts)
        })?);
    }
    Ok(composed)
}

fn one(workspace: &Workspace, file_name: &str, parts: &[&Built]) -> anyhow::Result<Built> {
    let read = |part: &&Built| {
        let bytes = workspace::read(&workspace.components().join(&part.file_name))?;
        Ok((part.file_name.clone(), bytes))
    };
    let files: Vec<(String, Vec<u8>)> = parts.iter().map(read).collect::<anyhow::Result<_>>()?;
    let composed = compose(files).with_context(|| format!("cannot compose {file_name}"))?;
    let path = workspace.components().join(file_name);
    // A file that stays the same keeps its time, and what was compiled from it.
    if !fs::read(&path).is_ok_and(|kept| kept == composed) {
        workspace::write(&path, &composed)?;
    }
    Ok(Built {
        file_name: file_name.to_owned(),
        before: parts.iter().map(|part| part.before).sum(),
        after: composed.len() as u64,
    })
}

/// Instantiates the components in order, each with the exports of those before it as far as it imports them: of several
/// that export the same, the last one's, so that middleware stands between.
fn compose(parts: Vec<(String, Vec<u8>)>) -> anyhow::Result<Vec<u8>> {
    let mut graph = CompositionGraph::new();
    let mut instances = Vec::new();
    let mut last = None;
    for (file_name, bytes) in parts {
        let name = file_name.trim_end_matches(".wasm").replace('_', "-");
        let package = Package::from_bytes(&format!("part:{name}"), None, bytes, graph.types_mut())?;
        let world = package.ty();
        let package = graph.register_package(package)?;
        let instance = graph.instantiate(package);
        let names = |names: &mut dyn Iterator<Item = &String>| names.cloned().collect::<Vec<_>>();
        let imports = names(&mut graph.types()[world].imports.keys());
        let exports = names(&mut graph.types()[world].exports.keys());
        for import in imports {
            let is_exported = |(_, exports): &&(_, Vec<String>)| exports.contains(&import);
            if let Some((giver, _)) = instances.iter().rfind(is_exported) {
                let export = graph.alias_instance_export(*giver, &import)?;
                graph.set_instantiation_argument(instance, &import, export)?;
            } else {
                ensure!(
                    !import.starts_with(OWN),
                    "{file_name} imports {import}, and no part before it exports it"
                );
            }
        }
        instances.push((instance, exports));
        last = Some(instances.len() - 1);
    }
    let (instance, exports) = &instances[last.context("there are no parts")?];
    for name in exports {
        let export = graph.alias_instance_export(*instance, name)?;
        graph.export(export, name)?;
    }
    Ok(graph.encode(EncodeOptions::default())?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::component::WORLDS;
    use wasm_encoder::{
        Alias, ComponentBuilder, ComponentExportKind, ComponentOuterAliasKind, ComponentTypeRef,
        InstanceType, TypeBounds,
    };

    /// A component that imports and exports empty interfaces.
    fn component(imports: &[&str], exports: &[&str]) -> Vec<u8> {
        let mut builder = ComponentBuilder::default();
        for name in imports {
            let empty = builder.type_instance(None, &InstanceType::new());
            builder.import(*name, ComponentTypeRef::Instance(empty));
        }
        for name in exports {
            let none: [(&str, ComponentExportKind, u32); 0] = [];
            let instance = builder.instantiate_exports(None, none);
            builder.export(*name, ComponentExportKind::Instance, instance, None);
        }
        builder.finish()
    }

    /// A component that imports a version of `wasi:io/poll`, and an interface that uses its resource or exports it.
    fn polling(version: &str, imported: Option<&str>, exported: &str) -> Vec<u8> {
        const POLLABLE: &str = "pollable";
        let mut builder = ComponentBuilder::default();
        let mut poll = InstanceType::new();
        poll.export(POLLABLE, ComponentTypeRef::Type(TypeBounds::SubResource));
        let poll = builder.type_instance(None, &poll);
        let poll = builder.import(
            format!("wasi:io/poll@{version}"),
            ComponentTypeRef::Instance(poll),
        );
        let index = builder.alias_export(poll, POLLABLE, ComponentExportKind::Type);
        if let Some(name) = imported {
            let mut interface = InstanceType::new();
            interface.alias(Alias::Outer {
                kind: ComponentOuterAliasKind::Type,
                count: 1,
                index,
            });
            interface.export(POLLABLE, ComponentTypeRef::Type(TypeBounds::Eq(0)));
            let interface = builder.type_instance(None, &interface);
            builder.import(name, ComponentTypeRef::Instance(interface));
        }
        let exports = [(POLLABLE, ComponentExportKind::Type, index)];
        let instance = builder.instantiate_exports(None, exports);
        builder.export(exported, ComponentExportKind::Instance, instance, None);
        builder.finish()
    }

    fn parts(parts: &[(&str, Vec<u8>)]) -> Vec<(String, Vec<u8>)> {
        let owned = |(name, bytes): &(&str, Vec<u8>)| (format!("{name}.wasm"), bytes.clone());
        parts.iter().map(owned).collect()
    }

    /// The names that the top level imports and exports.
    fn names(bytes: &[u8]) -> (Vec<String>, Vec<String>) {
        let mut graph = CompositionGraph::new();
        let package = Package::from_bytes("part:whole", None, bytes, graph.types_mut()).unwrap();
        let world = &graph.types()[package.ty()];
        (
            world.imports.keys().cloned().collect(),
            world.exports.keys().cloned().collect(),
        )
    }

    #[test]
    fn what_one_part_exports_another_no_longer_imports() {
        let whole = compose(parts(&[
            ("inner", component(&["wasi:a/a"], &["llm:l/l"])),
            (
                "middle",
                component(&["llm:l/l", "wasi:b/b"], &["llm:p/p", "llm:p/more"]),
            ),
            ("outer", component(&["llm:p/p", "wasi:a/a"], &["wasi:h/h"])),
        ]))
        .unwrap();
        let (mut imports, exports) = names(&whole);
        imports.sort();
        assert_eq!(imports, ["wasi:a/a", "wasi:b/b"]);
        assert_eq!(exports, ["wasi:h/h"]);
    }

    /// What `provider` says of `wasi:io/poll`, in either direction.
    #[test]
    fn parts_for_different_patch_versions_of_wasi_fit_together() {
        for (provider, gateway) in [("0.2.3", "0.2.6"), ("0.2.6", "0.2.3")] {
            let whole = compose(parts(&[
                ("inner", polling(provider, None, "llm:p/p")),
                ("outer", polling(gateway, Some("llm:p/p"), "wasi:h/h")),
            ]))
            .unwrap();
            let (imports, exports) = names(&whole);
            assert_eq!(imports, ["wasi:io/poll@0.2.6"]);
            assert_eq!(exports, ["wasi:h/h"]);
        }
    }

    #[test]
    fn an_interface_of_our_own_that_nobody_exports_is_named() {
        let outer = component(&["llm:p/p"], &["wasi:h/h"]);
        let error = compose(parts(&[
            ("inner", component(&[], &["llm:p/other"])),
            ("outer", outer),
        ]))
        .unwrap_err();
        let error = error.to_string();
        assert!(error.contains("outer.wasm imports llm:p/p"), "{error}");
    }

    #[test]
    fn what_is_no_component_is_refused() {
        assert!(compose(parts(&[("core", b"\0asm\x01\0\0\0".to_vec())])).is_err());
        assert!(compose(Vec::new()).is_err());
    }

    #[test]
    fn every_part_is_a_world_that_is_built() {
        for Composition { parts, file_name } in &COMPOSITIONS {
            assert!(WORLDS.iter().all(|world| world.file_name() != *file_name));
            for part in *parts {
                assert!(
                    WORLDS
                        .iter()
                        .any(|world| world.file_name() == part.file_name())
                );
            }
        }
    }
}
