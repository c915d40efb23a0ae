//! Fuzzing with coverage: every parser, the gate, a phone's life with a hostile server or a damaged disk. What a target
//! holds is written beside it (`target`); what none may ever do is panic, hang, or hold more memory than it states.
//!
//! `make fuzz` builds this program around LLVM's engine, which then owns `main`: ZHUCUN_FUZZ names the target, and
//! ZHUCUN_SEEDS a folder to write seeds into instead. Built plainly it replays files.
#![cfg_attr(zhucun_fuzzing, no_main)]
#![allow(dead_code, reason = "what is taken from the core's own tests is taken whole")]

// The attacks' builder, world and oracle, and the replicas' device and server: the same that the core's laws are told by.
#[path = "../../client-core/tests/attack/column.rs"]
mod column;
#[path = "../../client-core/tests/attack/chunk.rs"]
mod chunk;
#[path = "../../client-core/tests/attack/pen.rs"]
mod pen;
#[path = "../../client-core/tests/attack/story.rs"]
mod story;
#[path = "../../client-core/tests/attack/oracle.rs"]
mod oracle;
#[path = "../../client-core/tests/attack/chance.rs"]
mod chance;
#[path = "../../client-core/tests/attack/bend.rs"]
mod bend;
#[path = "../../client-core/tests/attack/world.rs"]
mod world;
#[path = "../../client-core/tests/replica/town.rs"]
mod town;
#[path = "../../client-core/tests/replica/hub.rs"]
mod hub;
#[path = "../../client-core/tests/replica/device.rs"]
mod device;
#[path = "../../client-core/tests/replica/life.rs"]
mod life;

mod memory;
mod parts;
mod script;
mod frame;
mod item;
mod sheet;
mod village;
mod target;

#[global_allocator]
static MEMORY: memory::Counted = memory::Counted;

#[cfg(zhucun_fuzzing)]
mod engine {
    //! The engine's side: what it calls, and with which target.
    use std::sync::OnceLock;

    use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};

    use crate::target::{Target, named};

    fn target() -> &'static Target {
        static TARGET: OnceLock<&Target> = OnceLock::new();
        TARGET.get_or_init(|| {
            let name = std::env::var("ZHUCUN_FUZZ").expect("ZHUCUN_FUZZ names a target");
            named(&name).expect("ZHUCUN_FUZZ names one of the targets")
        })
    }

    fn begin() {
        crate::memory::lift_on_panic();
        if let Some(folder) = std::env::var_os("ZHUCUN_SEEDS") {
            crate::target::write_seeds(folder.as_ref()).expect("the folder can be written to");
            std::process::exit(0);
        }
        target();
    }

    fuzz_target!(init: begin(), |data: &[u8]| target().run(data));

    fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
        match target().mutate {
            Some(mutate) => mutate(data, size, max_size, seed, fuzzer_mutate),
            None => fuzzer_mutate(data, size, max_size),
        }
    });
}

/// Replays files, each with the target that its name begins with (`gate-crash-...`).
#[cfg(not(zhucun_fuzzing))]
fn main() -> std::process::ExitCode {
    let files: Vec<std::path::PathBuf> = std::env::args_os().skip(1).map(Into::into).collect();
    if files.is_empty() {
        eprintln!("usage: zhucun-fuzz FILE..., each named after its target: gate-crash-0123");
        return std::process::ExitCode::FAILURE;
    }
    memory::lift_on_panic();
    for file in files {
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let Some(target) = target::ALL.iter().find(|target| name.starts_with(&format!("{}-", target.name))) else {
            eprintln!("{}: its name begins with none of {}", file.display(), target::names());
            return std::process::ExitCode::FAILURE;
        };
        let data = match std::fs::read(&file) {
            Ok(data) => data,
            Err(error) => {
                eprintln!("{}: {error}", file.display());
                return std::process::ExitCode::FAILURE;
            }
        };
        let began = std::time::Instant::now();
        target.run(&data);
        let (ms, kib) = (began.elapsed().as_millis(), memory::peak() >> 10);
        println!("{}: {} finds nothing in it, in {ms} ms and {kib} KiB", file.display(), target.name);
    }
    std::process::ExitCode::SUCCESS
}

#[cfg(test)]
mod tests {
    use crate::target::ALL;

    #[test]
    fn every_target_lets_its_own_seeds_pass() {
        for target in ALL {
            let seeds = (target.seeds)();
            assert!(seeds.len() > 3, "{} has {} seeds", target.name, seeds.len());
            // Some of them: these tests run unoptimised, and fuzzing begins with all.
            for seed in seeds.iter().step_by(1 + seeds.len() / 16) {
                assert!(seed.len() <= target.bytes_max, "{}: {} bytes", target.name, seed.len());
                target.run(seed);
            }
        }
    }
}
