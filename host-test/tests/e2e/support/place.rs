//! Where an instance runs: its variables, its files in a folder of the test's own, and the emulator's services.

use super::calls::reaching;
use super::components::{concurrent_provider, provider};
use bedrock_emulator::{Emulator, endpoint_variables};
use bedrock_host::{Grants, Instance, Preopen, concurrent};
use std::path::{Path, PathBuf};

/// The user's directory, as the guest knows it.
pub(crate) const HOME: &str = "/home/me";

/// One instance's surroundings.
pub(crate) struct Place {
    url: String,
    folder: PathBuf,
    variables: Vec<(String, String)>,
    has_folder: bool,
}

impl Place {
    /// An empty home, and the variables that lead to the emulator. No two tests may give the same `name`.
    pub(crate) fn new(name: &str, emulator: &Emulator) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join("places")
            .join(name);
        if folder.exists() {
            std::fs::remove_dir_all(&folder).expect("the folder of the last run goes");
        }
        std::fs::create_dir_all(&folder).expect("a folder");
        let url = emulator.url();
        let mut place = Self {
            folder,
            variables: Vec::new(),
            has_folder: true,
            url: url.clone(),
        };
        for (variable, value) in endpoint_variables(&url) {
            place = place.variable(variable, &value);
        }
        place
            .variable("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", &url)
            .variable("HOME", HOME)
    }

    /// With a variable; `{url}` and `{home}` stand for the emulator and the guest's home.
    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        let value = self.filled(value);
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.to_owned(), value));
        self
    }

    pub(crate) fn variables(self, variables: &[(&str, &str)]) -> Self {
        let set = |place: Self, (name, value): &(&str, &str)| place.variable(name, value);
        variables.iter().fold(self, set)
    }

    /// With a file, by its path below the home; `{url}` and `{home}` as in [`variable`](Self::variable).
    pub(crate) fn file(self, path: &str, text: &str) -> Self {
        self.write(path, text);
        self
    }

    /// The same files and variables, and no right to read the files.
    pub(crate) fn without_folder(mut self) -> Self {
        self.has_folder = false;
        self
    }

    /// Write a file now, as those do who renew tokens.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.on_host(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, self.filled(text)).expect("a file");
    }

    /// A path below the home, as the host knows it.
    pub(crate) fn on_host(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    fn filled(&self, text: &str) -> String {
        text.replace("{url}", &self.url).replace("{home}", HOME)
    }

    /// The rights that a host would give here: the variables, the home, and the emulator alone.
    pub(crate) fn grants(&self) -> Grants {
        let folder = Preopen {
            host: self.folder.clone(),
            guest: HOME.to_owned(),
        };
        Grants {
            environment: self.variables.clone(),
            folders: self.has_folder.then_some(folder).into_iter().collect(),
            ..reaching(&self.url)
        }
    }

    /// A fresh instance.
    pub(crate) async fn instance(&self) -> Instance {
        let instance = provider().instantiate(&self.grants()).await;
        instance.expect("a free instance")
    }

    /// A fresh instance of the provider for WASI 0.3.
    pub(crate) async fn concurrent_instance(&self) -> concurrent::Instance {
        let instance = concurrent_provider().instantiate(&self.grants()).await;
        instance.expect("a free instance")
    }
}
