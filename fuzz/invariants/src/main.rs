//! Writes the seeds of each target into a folder of its own: `cargo run -p fuzz-invariants -- FOLDER [TARGET]`.

use std::path::Path;
use std::{env, fs, io};

use fuzz_invariants::TARGETS;

fn main() -> io::Result<()> {
    let mut arguments = env::args().skip(1);
    let folder = arguments
        .next()
        .ok_or_else(|| io::Error::other("which folder?"))?;
    let only = arguments.next();
    for target in &TARGETS {
        if only.as_ref().is_some_and(|only| only != target.name) {
            continue;
        }
        let folder = Path::new(&folder).join(target.name);
        fs::create_dir_all(&folder)?;
        let seeds = (target.seeds)();
        for (at, seed) in seeds.iter().enumerate() {
            fs::write(folder.join(format!("seed-{at:04}")), seed)?;
        }
        println!("{}: {} seeds", target.name, seeds.len());
    }
    Ok(())
}
