//! The first build of a world, begun with what another world's build has left: the worlds differ in the root package
//! alone, and all that it depends on takes three times as long to compile as itself.
//!
//! Cargo goes by the times of files and finds what it left in a folder that was copied with them, wherever it is. What
//! does not fit is compiled as if it were not there: the worst that a copy can be is useless.

use std::{
    fs,
    fs::File,
    io,
    path::{Path, PathBuf},
};

use anyhow::Context;

/// Gives the world `name` a folder in `worlds`, where it has none and another world has one.
pub(crate) fn from_sibling(worlds: &Path, name: &str) -> anyhow::Result<()> {
    let own = worlds.join(name);
    if own.exists() {
        return Ok(());
    }
    let Some(sibling) = sibling(worlds) else {
        return Ok(());
    };
    // Under another name until it is whole: a copy that was cut off is begun again.
    let unfinished = worlds.join(format!("{name}{UNFINISHED}"));
    copy(&sibling, &unfinished)
        .and_then(|()| fs::rename(&unfinished, &own))
        .with_context(|| format!("cannot copy {} to {}", sibling.display(), own.display()))
}

/// The ending of a folder that is being copied.
const UNFINISHED: &str = ".unfinished";

fn sibling(worlds: &Path) -> Option<PathBuf> {
    let folders = fs::read_dir(worlds).ok()?.filter_map(|entry| {
        let path = entry.ok()?.path();
        let whole = !path.to_string_lossy().ends_with(UNFINISHED);
        (whole && path.is_dir()).then_some(path)
    });
    // The same one on every machine.
    folders.min()
}

/// A folder with all that is below it, each file with its time.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
            let modified = entry.metadata()?.modified()?;
            File::options()
                .write(true)
                .open(&target)?
                .set_modified(modified)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, SystemTime};

    /// An empty folder, gone at the end of the test.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("xtask-{name}-{}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        /// A file below it, an hour old.
        fn old_file(&self, path: &str) -> SystemTime {
            let path = self.0.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, path.to_str().unwrap()).unwrap();
            let hour_ago = SystemTime::now() - Duration::from_secs(3600);
            let file = File::options().write(true).open(&path).unwrap();
            file.set_modified(hour_ago).unwrap();
            fs::metadata(&path).unwrap().modified().unwrap()
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_world_without_a_folder_gets_anothers_files_with_their_times() {
        let scratch = Scratch::new("seed");
        let time = scratch.old_file("one/release/deps/libx.rlib");
        from_sibling(&scratch.0, "two").unwrap();
        let copied = scratch.0.join("two/release/deps/libx.rlib");
        assert_eq!(fs::metadata(&copied).unwrap().modified().unwrap(), time);
        let original = scratch.0.join("one/release/deps/libx.rlib");
        assert_eq!(fs::read(&copied).unwrap(), fs::read(original).unwrap());
    }

    #[test]
    fn a_world_with_a_folder_keeps_it_and_the_first_of_all_has_nothing_to_copy() {
        let scratch = Scratch::new("no-seed");
        from_sibling(&scratch.0, "one").unwrap();
        assert!(!scratch.0.join("one").exists());
        scratch.old_file("one/a");
        scratch.old_file("two/b");
        from_sibling(&scratch.0, "two").unwrap();
        assert!(!scratch.0.join("two/a").exists());
    }

    #[test]
    fn a_copy_that_was_cut_off_is_neither_taken_nor_in_the_way() {
        let scratch = Scratch::new("cut-seed");
        scratch.old_file("a.unfinished/half");
        scratch.old_file("one/whole");
        from_sibling(&scratch.0, "a").unwrap();
        assert!(scratch.0.join("a/whole").exists());
        assert!(!scratch.0.join("a.unfinished").exists());
        from_sibling(&scratch.0, "zero").unwrap();
        assert!(scratch.0.join("zero/whole").exists());
    }
}
