//! Looking for the same credentials once, where several calls want them at the same time.
//!
//! In: what a call wants. Out: whether it is the one to look, the leader, or a follower, who waits for what the leader
//! finds. Credentials are told apart by what was wanted, as in [`cache`](super::cache). Plain futures: whose task a
//! follower waits in is the caller's business.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::Wanted;
use crate::canonical::Error;
use crate::credentials::Credentials;

/// What a leader found: credentials, or why there are none.
pub type Found = Result<Credentials, Error>;

/// The searches under way.
#[derive(Default)]
pub struct Searches {
    under_way: Rc<RefCell<Vec<Search>>>,
}

struct Search {
    wanted: Rc<Wanted>,
    progress: Rc<RefCell<Progress>>,
}

#[derive(Default)]
struct Progress {
    /// Outside: the search is over. Inside: with what, if not given up.
    outcome: Option<Option<Found>>,
    waiting: Vec<Waker>,
}

/// What a call is to a search.
pub enum Role {
    /// It looks.
    Leader(Leader),
    /// Another one looks.
    Follower(Follower),
}

/// Of the call that looks. Dropped without having finished, the search is given up, and a follower may take it up.
pub struct Leader {
    wanted: Rc<Wanted>,
    progress: Rc<RefCell<Progress>>,
    under_way: Rc<RefCell<Vec<Search>>>,
}

/// Of a call that waits: a future of what was found; none where the leader gave up.
pub struct Follower(Rc<RefCell<Progress>>);

impl Searches {
    /// Join the search for these, or begin it.
    pub fn join(&self, wanted: &Wanted) -> Role {
        let mut under_way = self.under_way.borrow_mut();
        if let Some(search) = under_way.iter().find(|search| *search.wanted == *wanted) {
            return Role::Follower(Follower(Rc::clone(&search.progress)));
        }
        let (wanted, progress) = (Rc::new(wanted.clone()), Rc::default());
        under_way.push(Search {
            wanted: Rc::clone(&wanted),
            progress: Rc::clone(&progress),
        });
        Role::Leader(Leader {
            wanted,
            progress,
            under_way: Rc::clone(&self.under_way),
        })
    }

    /// Whether somebody is looking for these.
    pub fn is_under_way(&self, wanted: &Wanted) -> bool {
        let under_way = self.under_way.borrow();
        under_way.iter().any(|search| *search.wanted == *wanted)
    }
}

impl Leader {
    /// Tell the followers.
    pub fn finish(self, found: &Found) {
        self.progress.borrow_mut().outcome = Some(Some(found.clone()));
    }
}

impl Drop for Leader {
    fn drop(&mut self) {
        let mut under_way = self.under_way.borrow_mut();
        under_way.retain(|search| search.wanted != self.wanted);
        drop(under_way);
        let mut progress = self.progress.borrow_mut();
        progress.outcome.get_or_insert(None);
        let waiting = std::mem::take(&mut progress.waiting);
        drop(progress);
        waiting.into_iter().for_each(Waker::wake);
    }
}

impl Future for Follower {
    type Output = Option<Found>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut progress = self.0.borrow_mut();
        match &progress.outcome {
            Some(outcome) => Poll::Ready(outcome.clone()),
            None => {
                let waker = context.waker();
                if !progress.waiting.iter().any(|known| known.will_wake(waker)) {
                    progress.waiting.push(waker.clone());
                }
                Poll::Pending
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    use super::*;
    use crate::canonical::ErrorKind;
    use crate::credentials::Auth;

    fn wanted(region: &str) -> Wanted {
        Wanted {
            given: Credentials {
                auth: None,
                region: None,
                expires_at: None,
            },
            role: None,
            profile: None,
            region: Some(region.into()),
        }
    }

    fn found(id: &str) -> Credentials {
        Credentials {
            auth: Some(Auth::access_key(id, "s", None)),
            region: None,
            expires_at: None,
        }
    }

    fn leader(searches: &Searches, region: &str) -> Leader {
        match searches.join(&wanted(region)) {
            Role::Leader(leader) => leader,
            Role::Follower(_) => panic!("somebody looks for {region} already"),
        }
    }

    fn follower(searches: &Searches, region: &str) -> Follower {
        match searches.join(&wanted(region)) {
            Role::Follower(follower) => follower,
            Role::Leader(_) => panic!("nobody looks for {region}"),
        }
    }

    #[derive(Default)]
    struct Counter(AtomicUsize);

    impl Wake for Counter {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn poll(follower: &mut Follower, counter: &Arc<Counter>) -> Poll<Option<Found>> {
        let waker = Waker::from(Arc::clone(counter));
        Pin::new(follower).poll(&mut Context::from_waker(&waker))
    }

    #[test]
    fn one_looks_and_all_that_wait_are_told() {
        let searches = Searches::default();
        let leader = leader(&searches, "a");
        let wakes: Vec<Arc<Counter>> = (0..3).map(|_| Arc::default()).collect();
        let mut followers: Vec<Follower> = wakes.iter().map(|_| follower(&searches, "a")).collect();
        for (follower, wakes) in followers.iter_mut().zip(&wakes) {
            for _ in 0..2 {
                assert_eq!(poll(follower, wakes), Poll::Pending);
            }
        }
        leader.finish(&Ok(found("AKID")));
        for (follower, wakes) in followers.iter_mut().zip(&wakes) {
            assert_eq!(wakes.0.load(Ordering::Relaxed), 1);
            assert_eq!(poll(follower, wakes), Poll::Ready(Some(Ok(found("AKID")))));
        }
    }

    #[test]
    fn an_error_is_told_too() {
        let searches = Searches::default();
        let leader = leader(&searches, "a");
        let mut follower = follower(&searches, "a");
        let error = Error::new(ErrorKind::Authentication, "none found");
        leader.finish(&Err(error.clone()));
        assert_eq!(
            poll(&mut follower, &Arc::default()),
            Poll::Ready(Some(Err(error)))
        );
    }

    #[test]
    fn others_are_looked_for_by_others() {
        let searches = Searches::default();
        let _first = leader(&searches, "a");
        let _second = leader(&searches, "b");
        assert!(searches.is_under_way(&wanted("a")));
        assert!(!searches.is_under_way(&wanted("c")));
    }

    #[test]
    fn what_is_given_up_is_taken_up_by_the_next() {
        let searches = Searches::default();
        let first = leader(&searches, "a");
        let mut waiting = follower(&searches, "a");
        let wakes = Arc::default();
        assert_eq!(poll(&mut waiting, &wakes), Poll::Pending);
        drop(first);
        assert_eq!(wakes.0.load(Ordering::Relaxed), 1);
        assert_eq!(poll(&mut waiting, &wakes), Poll::Ready(None));
        assert!(!searches.is_under_way(&wanted("a")));
        let _next = leader(&searches, "a");
    }
}
