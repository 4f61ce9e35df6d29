// SPDX-License-Identifier: MIT
//! Reads the constants, typedefs and records of `libzx/uapi/`, for the table of calls.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

use syn::{Attribute, Expr, ExprLit, Fields, Item, Lit, Meta, Type};

use crate::calls::{sources, type_name};

/// A record's member.
pub struct Member {
    pub name: String,
    pub ty: Type,
}

/// A record: its members, none for a union.
pub struct Record {
    /// The Rust path of the record.
    pub path: String,
    pub members: Vec<Member>,
}

/// What `libzx/uapi/` declares.
#[derive(Default)]
pub struct Uapi {
    /// Rust path of each constant, by name and in order of the files.
    pub constants: Vec<(String, String)>,
    /// Names of the constants of each type.
    pub by_type: BTreeMap<String, Vec<String>>,
    /// What a typedef stands for.
    pub aliases: BTreeMap<String, String>,
    pub records: BTreeMap<String, Record>,
}

impl Uapi {
    /// Reads every file of the folder.
    pub fn read(folder: &Path) -> Result<Uapi, Box<dyn Error>> {
        let mut uapi = Uapi::default();
        for path in sources(folder)? {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy();
            let module = match &*stem {
                "mod" => "crate::uapi".to_owned(),
                stem => format!("crate::uapi::{stem}"),
            };
            let Ok(file) = syn::parse_file(&fs::read_to_string(&path)?) else {
                continue; // the compiler tells why
            };
            for item in file.items {
                uapi.add(item, &module);
            }
        }
        Ok(uapi)
    }

    fn add(&mut self, item: Item, module: &str) {
        match item {
            Item::Const(item) if applies(&item.attrs) => {
                let name = item.ident.to_string();
                self.by_type
                    .entry(type_name(&item.ty))
                    .or_default()
                    .push(name.clone());
                self.constants
                    .push((name.clone(), format!("{module}::{name}")));
            }
            Item::Type(item) if applies(&item.attrs) => {
                self.aliases
                    .insert(item.ident.to_string(), type_name(&item.ty));
            }
            Item::Struct(item) if applies(&item.attrs) => {
                let members = match item.fields {
                    Fields::Named(fields) => fields.named.into_iter().collect(),
                    _ => Vec::new(),
                };
                let members = members.into_iter().map(|field| Member {
                    name: field.ident.map(|name| name.to_string()).unwrap_or_default(),
                    ty: field.ty,
                });
                self.records.insert(
                    item.ident.to_string(),
                    Record {
                        path: format!("{module}::{}", item.ident),
                        members: members.collect(),
                    },
                );
            }
            Item::Union(item) if applies(&item.attrs) => {
                self.records.insert(
                    item.ident.to_string(),
                    Record {
                        path: format!("{module}::{}", item.ident),
                        members: Vec::new(),
                    },
                );
            }
            _ => {}
        }
    }

    /// The primitive type behind a name, or the name.
    pub fn primitive<'a>(&'a self, mut name: &'a str) -> &'a str {
        while let Some(target) = self.aliases.get(name) {
            name = target;
        }
        name
    }

    /// The constants that a pattern, which may end in `*`, names.
    pub fn matching(&self, pattern: &str) -> Vec<&(String, String)> {
        let named = |name: &str| match pattern.strip_suffix('*') {
            Some(prefix) => name.starts_with(prefix),
            None => name == pattern,
        };
        self.constants
            .iter()
            .filter(|(name, _)| named(name))
            .collect()
    }
}

/// Whether an item is there on the processor that is compiled for.
fn applies(attributes: &[Attribute]) -> bool {
    let target = std::env::var("CARGO_CFG_TARGET_ARCH").unwrap_or_default();
    attributes.iter().all(|attribute| {
        if !attribute.path().is_ident("cfg") {
            return true;
        }
        let condition: syn::Result<Meta> = attribute.parse_args();
        match condition {
            Ok(Meta::NameValue(pair)) if pair.path.is_ident("target_arch") => match &pair.value {
                Expr::Lit(ExprLit {
                    lit: Lit::Str(arch),
                    ..
                }) => arch.value() == target,
                _ => true,
            },
            _ => true,
        }
    })
}
