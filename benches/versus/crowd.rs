//! Requests that are held.

use std::task::{Context, Waker};
use std::time::Duration;

use fastrand::Rng;
use support::contenders::{Answer, Board, Contender, Held, Poll};

/// How long requests are held without a notify: longer than any case takes.
pub(crate) const LONG_POLL: Duration = Duration::from_secs(900);

/// Requests that one contender holds, and everything that is needed to hold more.
pub(crate) struct Crowd<C> {
    pub(crate) contender: C,
    pub(crate) board: &'static Board,
    timeout: Duration,
    places: Vec<Place>,
    /// The numbers of all places, shuffled a little more with each sample.
    order: Vec<usize>,
    dice: Rng,
}

/// A held request, and its key. The place is empty while its request is elsewhere.
struct Place {
    key: String,
    request: Option<Held>,
}

impl<C: Contender> Crowd<C> {
    /// A crowd of this number of requests for this number of keys, in random order.
    pub(crate) fn new(contender: C, size: usize, keys: usize) -> Self {
        let mut dice = Rng::with_seed(size as u64);
        let keys: Vec<_> = (0..keys).map(|_| key(&mut dice)).collect();
        let place = |key: &String| Place {
            key: key.clone(),
            request: None,
        };
        let mut crowd = Self {
            contender,
            board: Board::new(),
            timeout: LONG_POLL,
            places: keys.iter().cycle().take(size).map(place).collect(),
            order: (0..size).collect(),
            dice,
        };
        let everybody = crowd.sample(size);
        crowd.fill(&everybody);
        crowd
    }

    /// A number of places, chosen at random.
    pub(crate) fn sample(&mut self, count: usize) -> Vec<usize> {
        for at in 0..count {
            let other = self.dice.usize(at..self.order.len());
            self.order.swap(at, other);
        }
        self.order[..count].to_vec()
    }

    /// A number of keys without waiters.
    pub(crate) fn strangers(&mut self, count: usize) -> Vec<String> {
        (0..count).map(|_| key(&mut self.dice)).collect()
    }

    pub(crate) fn keys(&self, places: &[usize]) -> Vec<String> {
        let key = |&at: &usize| self.places[at].key.clone();
        places.iter().map(key).collect()
    }

    /// The keys that the clients in these places will ask for.
    pub(crate) fn polls(&self, places: &[usize]) -> Vec<Poll> {
        let poll = |key| Poll::new(key, self.timeout, self.board);
        self.keys(places).into_iter().map(poll).collect()
    }

    pub(crate) fn poll(&self, key: &str) -> Poll {
        Poll::new(key.to_owned(), self.timeout, self.board)
    }

    pub(crate) fn take(&mut self, places: &[usize]) -> Vec<Held> {
        let take = |&at: &usize| self.places[at].request.take();
        places.iter().filter_map(take).collect()
    }

    pub(crate) fn put(&mut self, places: &[usize], requests: Vec<Held>) {
        for (&at, request) in places.iter().zip(requests) {
            self.places[at].request = Some(request);
        }
    }

    pub(crate) fn fill(&mut self, places: &[usize]) {
        let requests = hold(&self.contender, self.polls(places));
        self.put(places, requests);
    }
}

/// Holds all these requests.
pub(crate) fn hold(contender: &impl Contender, polls: Vec<Poll>) -> Vec<Held> {
    let mut requests = Vec::with_capacity(polls.len());
    for poll in polls {
        let mut request = contender.held(poll);
        assert_eq!(look(&mut request), None, "it is held");
        requests.push(request);
    }
    requests
}

/// Polls all these requests to their answers.
pub(crate) fn finish_all(requests: Vec<Held>, answer: Answer) {
    requests
        .into_iter()
        .for_each(|request| finish(request, answer));
}

/// Polls a request to its answer.
pub(crate) fn finish(mut request: Held, answer: Answer) {
    assert_eq!(look(&mut request), Some(answer));
}

/// Polls a request with a waker that does nothing.
pub(crate) fn look(request: &mut Held) -> Option<Answer> {
    match request
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        std::task::Poll::Ready(answer) => Some(answer),
        std::task::Poll::Pending => None,
    }
}

/// A key of 16 bytes.
fn key(dice: &mut Rng) -> String {
    format!("{:016x}", dice.u64(..))
}
