//! Prints the TypeScript types of the client contract: `cargo run -p zhucun-core --features types --example types`.
//! The result is committed as `web-pwa/src/host/contract.ts`, and a test says when it is out of date.
use std::any::TypeId;
use std::collections::BTreeMap;

use ts_rs::{Config, TS, TypeVisitor};
use zhucun_core::contract::{Query, View};
use zhucun_core::host::{Effect, Event};
use zhucun_core::reference::Reference;

/// All types that the ones asked for name, by their name.
struct Declarations<'a> {
    config: &'a Config,
    seen: Vec<TypeId>,
    found: BTreeMap<String, String>,
}

impl TypeVisitor for Declarations<'_> {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        if self.seen.contains(&TypeId::of::<T>()) {
            return;
        }
        self.seen.push(TypeId::of::<T>());
        if T::output_path().is_some() {
            self.found.insert(T::ident(self.config), T::decl(self.config));
        }
        T::visit_dependencies(self);
        T::visit_generics(self);
    }
}

fn main() {
    let config = Config::default();
    let mut all = Declarations { config: &config, seen: Vec::new(), found: BTreeMap::new() };
    all.visit::<Event>();
    all.visit::<Effect>();
    all.visit::<Query>();
    all.visit::<View>();
    all.visit::<Reference>();
    println!("// The client contract, generated from client-core/src/contract.rs: do not edit, run `make types`.");
    for declaration in all.found.values() {
        println!("\nexport {declaration}");
    }
}
