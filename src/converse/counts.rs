//! Numbers by name, as many as a client likes: to find a name or to add one takes a time that grows with the logarithm of
//! their number.
//!
//! A list would take a time that grows with their number, for each; the maps of the standard library are a hundredth of the
//! component. Names are kept in their order, in runs of a bounded length.

/// The most names of a run.
const MAX_RUN: usize = 128;

/// Numbers by name.
#[derive(Debug, Default)]
pub struct Counts(Vec<Vec<(String, u32)>>);

impl Counts {
    /// The number of a name.
    pub fn get(&self, name: &str) -> Option<u32> {
        let (run, place) = self.find(name);
        let (_, count) = self.0.get(run)?.get(place.ok()?)?;
        Some(*count)
    }

    /// The number of a name; 0 where it has none.
    pub fn of(&self, name: &str) -> u32 {
        self.get(name).unwrap_or(0)
    }

    /// Add a name, with the number 1; whether it is new.
    pub fn add(&mut self, name: &str) -> bool {
        let is_new = self.get(name).is_none();
        if is_new {
            self.set(name.to_owned(), 1);
        }
        is_new
    }

    /// Give a name a number, instead of the one that it has.
    pub fn set(&mut self, name: String, count: u32) {
        let (at, place) = self.find(&name);
        if self.0.is_empty() {
            self.0.push(Vec::new());
        }
        let Some(run) = self.0.get_mut(at) else {
            return;
        };
        match place {
            Ok(place) => {
                if let Some((_, known)) = run.get_mut(place) {
                    *known = count;
                }
            }
            Err(place) => run.insert(place, (name, count)),
        }
        if run.len() > MAX_RUN {
            let behind = run.split_off(MAX_RUN / 2);
            self.0.insert(at + 1, behind);
        }
    }

    /// The run where a name stands or would stand, and its place there.
    fn find(&self, name: &str) -> (usize, Result<usize, usize>) {
        let begins_before = |run: &Vec<(String, u32)>| {
            let first = run.first();
            first.is_some_and(|(first, _)| first.as_str() <= name)
        };
        let at = self.0.partition_point(begins_before).saturating_sub(1);
        let place = match self.0.get(at) {
            Some(run) => run.binary_search_by(|(known, _)| known.as_str().cmp(name)),
            None => Err(0),
        };
        (at, place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn they_hold_what_a_map_of_the_standard_library_holds(
            names in proptest::collection::vec((0u32..3_000, any::<u32>()), 0..3_000),
        ) {
            let (mut counts, mut map) = (Counts::default(), BTreeMap::new());
            for (name, count) in names {
                let name = name.to_string();
                prop_assert_eq!(counts.get(&name), map.get(&name).copied());
                counts.set(name.clone(), count);
                map.insert(name, count);
            }
            let held: Vec<_> = counts.0.iter().flatten().cloned().collect();
            prop_assert_eq!(held, map.into_iter().collect::<Vec<_>>());
            prop_assert!(counts.0.iter().all(|run| run.len() <= MAX_RUN));
        }
    }
}
