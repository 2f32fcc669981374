//! How work grows with a list: measured in instructions of WebAssembly, which are the same on every machine.

/// The most that work may grow with a list: 1 is in proportion, 2 with the square. Sorting and searching are a little over 1.
const MOST: f64 = 1.15;
/// Elements of the shortest list; the longest is sixteen times as long.
pub(crate) const FEW: usize = 200;
/// Work that costs less in all than this has no lists in it.
const LEAST: u64 = 200_000;

/// Rows of measurements.
#[derive(Default)]
pub(crate) struct Growth(Vec<(String, f64)>);

impl Growth {
    /// How `count` grows, the instructions for so many elements.
    pub(crate) fn measure(&mut self, what: &str, count: impl FnMut(usize) -> u64) {
        self.measure_from(what, FEW, count);
    }

    /// The same, of lists of at least so many elements.
    ///
    /// What is compared is what is added from one length to the next, so that what is not for the list does not count.
    pub(crate) fn measure_from(&mut self, what: &str, few: usize, count: impl FnMut(usize) -> u64) {
        let [few, some, many] = [few, few * 4, few * 16].map(count);
        let (first, second) = (some.saturating_sub(few), many.saturating_sub(some));
        if second < LEAST {
            return;
        }
        let exponent = (second as f64 / first.max(1) as f64).log(4.0);
        println!("{exponent:.2} {many:>12} {what}");
        self.0.push((what.to_owned(), exponent));
    }

    /// Fails where anything grows too fast.
    pub(crate) fn hold(self) {
        let too_fast: Vec<_> = self
            .0
            .iter()
            .filter(|(_, exponent)| *exponent > MOST)
            .collect();
        assert!(too_fast.is_empty(), "over {MOST}: {too_fast:#?}");
    }
}

/// The names of a list, by what they have in common.
pub(crate) type Name = fn(usize) -> String;

pub(crate) const NAMES: &[(&str, Name)] = &[
    ("distinct", |n| format!("name_{n}")),
    ("equal", |_| "name".into()),
    ("with a long prefix", |n| {
        format!("{}{n:06}", "p".repeat(56))
    }),
    ("to be changed", |n| format!("a.b {n}")),
    ("long", |n| format!("{}.{n}", "p".repeat(195))),
    ("empty", |_| String::new()),
];
