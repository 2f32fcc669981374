//! Looking for the same credentials once, where several calls want them at the same time.
//!
//! In: what a call wants. Out: whether it is the one to look, the pilot, or a passenger, who waits for what the pilot
//! finds. Credentials are told apart by what was wanted, as in [`cache`](super::cache). Plain futures: whose task a
//! passenger waits in is the caller's business.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::Credentials;
use super::chain::Wanted;
use crate::canonical::Error;

/// What a pilot found: credentials, or why there are none.
pub type Found = Result<Credentials, Error>;

/// The searches under way.
#[derive(Default)]
pub struct Flights {
    under_way: Rc<RefCell<Vec<Flight>>>,
}

struct Flight {
    wanted: Rc<Wanted>,
    landing: Rc<RefCell<Landing>>,
}

#[derive(Default)]
struct Landing {
    /// Outside: the flight is over. Inside: with what, if not given up.
    outcome: Option<Option<Found>>,
    waiting: Vec<Waker>,
}

/// What a call is to a search.
pub enum Boarding {
    /// It looks.
    Pilot(Pilot),
    /// Another one looks.
    Passenger(Passenger),
}

/// Of the call that looks. Dropped without having landed, the search is given up, and a passenger may take it up.
pub struct Pilot {
    wanted: Rc<Wanted>,
    landing: Rc<RefCell<Landing>>,
    under_way: Rc<RefCell<Vec<Flight>>>,
}

/// Of a call that waits: a future of what was found; none where the pilot gave up.
pub struct Passenger(Rc<RefCell<Landing>>);

impl Flights {
    /// Join the search for these, or begin it.
    pub fn board(&self, wanted: &Wanted) -> Boarding {
        let mut under_way = self.under_way.borrow_mut();
        if let Some(flight) = under_way.iter().find(|flight| *flight.wanted == *wanted) {
            return Boarding::Passenger(Passenger(Rc::clone(&flight.landing)));
        }
        let (wanted, landing) = (Rc::new(wanted.clone()), Rc::default());
        under_way.push(Flight {
            wanted: Rc::clone(&wanted),
            landing: Rc::clone(&landing),
        });
        Boarding::Pilot(Pilot {
            wanted,
            landing,
            under_way: Rc::clone(&self.under_way),
        })
    }

    /// Whether somebody is looking for these.
    pub fn is_under_way(&self, wanted: &Wanted) -> bool {
        let under_way = self.under_way.borrow();
        under_way.iter().any(|flight| *flight.wanted == *wanted)
    }
}

impl Pilot {
    /// Tell the passengers.
    pub fn land(self, found: &Found) {
        self.landing.borrow_mut().outcome = Some(Some(found.clone()));
    }
}

impl Drop for Pilot {
    fn drop(&mut self) {
        let mut under_way = self.under_way.borrow_mut();
        under_way.retain(|flight| flight.wanted != self.wanted);
        drop(under_way);
        let mut landing = self.landing.borrow_mut();
        landing.outcome.get_or_insert(None);
        let waiting = std::mem::take(&mut landing.waiting);
        drop(landing);
        waiting.into_iter().for_each(Waker::wake);
    }
}

impl Future for Passenger {
    type Output = Option<Found>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut landing = self.0.borrow_mut();
        match &landing.outcome {
            Some(outcome) => Poll::Ready(outcome.clone()),
            None => {
                let waker = context.waker();
                if !landing.waiting.iter().any(|known| known.will_wake(waker)) {
                    landing.waiting.push(waker.clone());
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

    use super::super::{Auth, Credentials};
    use super::*;
    use crate::canonical::ErrorKind;

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

    fn pilot(flights: &Flights, region: &str) -> Pilot {
        match flights.board(&wanted(region)) {
            Boarding::Pilot(pilot) => pilot,
            Boarding::Passenger(_) => panic!("somebody looks for {region} already"),
        }
    }

    fn passenger(flights: &Flights, region: &str) -> Passenger {
        match flights.board(&wanted(region)) {
            Boarding::Passenger(passenger) => passenger,
            Boarding::Pilot(_) => panic!("nobody looks for {region}"),
        }
    }

    #[derive(Default)]
    struct Counter(AtomicUsize);

    impl Wake for Counter {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn poll(passenger: &mut Passenger, counter: &Arc<Counter>) -> Poll<Option<Found>> {
        let waker = Waker::from(Arc::clone(counter));
        Pin::new(passenger).poll(&mut Context::from_waker(&waker))
    }

    #[test]
    fn one_looks_and_all_that_wait_are_told() {
        let flights = Flights::default();
        let pilot = pilot(&flights, "a");
        let wakes: Vec<Arc<Counter>> = (0..3).map(|_| Arc::default()).collect();
        let mut passengers: Vec<Passenger> =
            wakes.iter().map(|_| passenger(&flights, "a")).collect();
        for (passenger, wakes) in passengers.iter_mut().zip(&wakes) {
            for _ in 0..2 {
                assert_eq!(poll(passenger, wakes), Poll::Pending);
            }
        }
        pilot.land(&Ok(found("AKID")));
        for (passenger, wakes) in passengers.iter_mut().zip(&wakes) {
            assert_eq!(wakes.0.load(Ordering::Relaxed), 1);
            assert_eq!(poll(passenger, wakes), Poll::Ready(Some(Ok(found("AKID")))));
        }
    }

    #[test]
    fn an_error_is_told_too() {
        let flights = Flights::default();
        let pilot = pilot(&flights, "a");
        let mut passenger = passenger(&flights, "a");
        let error = Error::new(ErrorKind::Authentication, "none found");
        pilot.land(&Err(error.clone()));
        assert_eq!(
            poll(&mut passenger, &Arc::default()),
            Poll::Ready(Some(Err(error)))
        );
    }

    #[test]
    fn others_are_looked_for_by_others() {
        let flights = Flights::default();
        let _first = pilot(&flights, "a");
        let _second = pilot(&flights, "b");
        assert!(flights.is_under_way(&wanted("a")));
        assert!(!flights.is_under_way(&wanted("c")));
    }

    #[test]
    fn what_is_given_up_is_taken_up_by_the_next() {
        let flights = Flights::default();
        let first = pilot(&flights, "a");
        let mut waiting = passenger(&flights, "a");
        let wakes = Arc::default();
        assert_eq!(poll(&mut waiting, &wakes), Poll::Pending);
        drop(first);
        assert_eq!(wakes.0.load(Ordering::Relaxed), 1);
        assert_eq!(poll(&mut waiting, &wakes), Poll::Ready(None));
        assert!(!flights.is_under_way(&wanted("a")));
        let _next = pilot(&flights, "a");
    }
}
