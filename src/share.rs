//! One computation, and its result for all requests that ask for the same.

use std::borrow::Borrow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use futures::lock;

use crate::cursor::Cursor;
use crate::generations::Generations;
use crate::hash::Secret;
use crate::hub::Hub;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::{Mutex, order};

/// Computes a result once per change of a key, for all requests that ask for it.
///
/// After a notify that wakes 1,000 requests, the first of them computes the answer, and the others
/// wait for it and take it. So do the requests that come later, until the key is notified again.
/// There is no time to live: a result is good as long as its key has not changed.
///
/// ```
/// use std::cell::Cell;
/// use std::convert::Infallible;
/// use dacapo::{Hub, Share};
///
/// # futures::executor::block_on(async {
/// let hub = Hub::<String>::new();
/// let pages = Share::new(&hub);
/// let renders = Cell::new(0);
/// let render = async || {
///     renders.set(renders.get() + 1);
///     Ok::<_, Infallible>("the page")
/// };
///
/// pages.get("lobby", "guest", render).await?;
/// pages.get("lobby", "guest", render).await?;
/// assert_eq!(renders.get(), 1);
///
/// hub.notify("lobby");
/// pages.get("lobby", "guest", render).await?;
/// assert_eq!(renders.get(), 2);
/// # Ok::<_, Infallible>(())
/// # }).unwrap();
/// ```
///
/// In a handler it stands within the pass, and goes together with a [`Cursor`]:
///
/// ```
/// # use std::time::Duration;
/// # use dacapo::{Answer, Cursor, Hub, Outcome, Share};
/// # const HOLD: Duration = Duration::from_secs(30);
/// # struct App { hub: Hub<String>, pages: Share<String, String> }
/// # impl App {
/// #     async fn render(&self, room: &str, role: &str) -> String { room.to_owned() + role }
/// # }
/// async fn page(
///     app: &App,
///     room: &str,
///     role: &str,
///     seen: Cursor,
/// ) -> Result<Answer<String>, dacapo::Error> {
///     app.hub.run(async |c| -> Outcome<_> {
///         if !c.changed(room, &seen) && !c.is_expired() {
///             return Err(c.suspend(room, HOLD));
///         }
///         let page = app.pages.get(room, role, async || Ok(app.render(room, role).await)).await?;
///         Ok(format!("{page} {}", c.advance(&seen)))
///     }).await
/// }
/// ```
///
/// # The scope
///
/// Requests share a result if they name the same key and the same scope. The scope is everything
/// else that the result depends on: above all *what the client may see*, its tenant, its role, its
/// permissions; and the page, the language, the format. If the scope leaves something out, clients
/// get what they must not have:
///
/// ```
/// # use std::convert::Infallible;
/// # futures::executor::block_on(async {
/// # let hub = dacapo::Hub::<String>::new();
/// let pages = dacapo::Share::new(&hub);
/// let render = async |role| Ok::<_, Infallible>(format!("what the {role} may see"));
///
/// // Wrong: the scope does not contain the role, so the guest reads the page of the admin.
/// pages.get("lobby", &(), async || render("admin").await).await?;
/// let page = pages.get("lobby", &(), async || render("guest").await).await?;
/// assert_eq!(*page, "what the admin may see");
///
/// // Right.
/// pages.get("lobby", "admin", async || render("admin").await).await?;
/// let page = pages.get("lobby", "guest", async || render("guest").await).await?;
/// assert_eq!(*page, "what the guest may see");
/// # Ok::<_, Infallible>(())
/// # }).unwrap();
/// ```
///
/// Ask for the permissions in each pass, before `get`. If a permission can be withdrawn without a
/// notify of the key, the scope must change with it.
///
/// # How old a result can be
///
/// A result contains everything that was notified before the pass that gets it began. So it goes
/// with the cursor of that pass, and with a wait: nothing is lost.
///
/// That holds for what is read *inside* the closure. What the handler has read before and carries
/// into the closure may be older than the result pretends to be.
///
/// # Memory
///
/// The 1,000 results that were used last are kept, and 2,000 at the most, outdated ones included:
/// [`with_capacity`](Self::with_capacity) sets another number. Clones share their results.
/// From the first result on, the hub keeps [revisions](crate::HubBuilder::revisions), as it does for
/// cursors.
pub struct Share<K, T> {
    hub: Hub<K>,
    results: Arc<Results<T>>,
}

impl<K, T> Share<K, T> {
    /// Makes a place for results that depend on the keys of a hub. It is empty.
    ///
    /// ```
    /// let hub = dacapo::Hub::<String>::new();
    /// let pages: dacapo::Share<String, Vec<u8>> = dacapo::Share::new(&hub);
    /// ```
    #[must_use]
    pub fn new(hub: &Hub<K>) -> Self {
        Self::with_capacity(hub, CAPACITY)
    }

    /// Does what [`new`](Self::new) does, with room for at least this many results, and at most
    /// twice as many.
    ///
    /// ```
    /// # let hub = dacapo::Hub::<String>::new();
    /// let pages = dacapo::Share::<_, Vec<u8>>::with_capacity(&hub, 50);
    /// ```
    #[must_use]
    pub fn with_capacity(hub: &Hub<K>, results: usize) -> Self {
        let results = Results {
            secret: Secret::random(),
            entries: Mutex::new(Generations::new(results)),
        };
        Self {
            hub: hub.clone(),
            results: Arc::new(results),
        }
    }

    /// The result for a key and a scope. If there is none, or if the key was notified since, it is
    /// computed.
    ///
    /// While one request computes it, others that ask for the same wait. If the computation fails,
    /// panics or is dropped, one of the others computes: with its own closure, and no error is
    /// shared. The closure may suspend.
    ///
    /// A closure that asks for its own key and scope again waits without end.
    ///
    /// # Errors
    ///
    /// The error of this request's own `compute`. If it cannot fail and nothing else says what its
    /// error is, name one: `Ok::<_, Infallible>(..)`.
    ///
    /// # Cancel safety
    ///
    /// It can be dropped at any time. What it has computed until then is lost.
    ///
    /// ```
    /// # use std::io;
    /// # use std::sync::Arc;
    /// # use dacapo::Share;
    /// # struct Page;
    /// # async fn render(_room: u64, _role: &str) -> io::Result<Page> { Ok(Page) }
    /// async fn page(pages: &Share<u64, Page>, room: u64, role: &str) -> io::Result<Arc<Page>> {
    ///     pages.get(&room, role, async || render(room, role).await).await
    /// }
    /// ```
    pub async fn get<Q, S, E>(
        &self,
        key: &Q,
        scope: &S,
        compute: impl AsyncFnOnce() -> Result<T, E>,
    ) -> Result<Arc<T>, E>
    where
        K: Borrow<Q>,
        Q: Hash + ?Sized,
        S: Hash + ?Sized,
    {
        self.get_any([key], scope, compute).await
    }

    /// Does what [`get`](Self::get) does, for a result that depends on several keys: it is computed
    /// again when one of them was notified.
    ///
    /// Another set of keys, or another order, is another result. It looks up every key, so limit
    /// the number of keys that a client can send.
    ///
    /// # Errors
    ///
    /// As with [`get`](Self::get).
    ///
    /// ```
    /// # use std::convert::Infallible;
    /// # use std::sync::Arc;
    /// # use dacapo::Share;
    /// async fn count(counts: &Share<String, usize>, rooms: &[String]) -> Arc<usize> {
    ///     let compute = async || Ok::<_, Infallible>(rooms.len());
    ///     let Ok(count) = counts.get_any(rooms, &(), compute).await;
    ///     count
    /// }
    /// ```
    pub async fn get_any<'k, Q, S, E>(
        &self,
        keys: impl IntoIterator<Item = &'k Q, IntoIter: Clone>,
        scope: &S,
        compute: impl AsyncFnOnce() -> Result<T, E>,
    ) -> Result<Arc<T>, E>
    where
        K: Borrow<Q>,
        Q: Hash + ?Sized + 'k,
        S: Hash + ?Sized,
    {
        let mut keys = keys.into_iter();
        let entry = self.results.entry(&Identity(keys.clone(), scope));
        let ticket = entry.take_ticket();
        let mut latest = entry.latest.lock().await;
        if let Some(latest) = &*latest {
            let is_newer = latest.ticket > ticket;
            if is_newer || !keys.any(|key| self.hub.changed(key, &latest.begin)) {
                return Ok(Arc::clone(&latest.value));
            }
        }
        let (ticket, begin) = (entry.take_ticket(), self.hub.cursor());
        let value = Arc::new(compute().await?);
        let outdated = latest.replace(Computed {
            value: Arc::clone(&value),
            begin,
            ticket,
        });
        drop(latest); // foreign code may run in the destructor of the outdated one
        drop(outdated);
        Ok(value)
    }
}

/// How many results are kept at least.
const CAPACITY: usize = 1_000;

struct Results<T> {
    secret: Secret,
    entries: Mutex<Generations<u128, Arc<Entry<T>>>, { order::SHARE }>,
}

impl<T> Results<T> {
    fn entry(&self, identity: &impl Hash) -> Arc<Entry<T>> {
        let identity = self.secret.fingerprint(identity);
        let mut entries = self.entries.lock();
        if let Some(entry) = entries.get_young(identity) {
            return Arc::clone(entry);
        }
        let entry = entries.take_old(identity).unwrap_or_default();
        let dropped = entries.insert(identity, Arc::clone(&entry));
        drop(entries); // before the results that are dropped
        drop(dropped);
        entry
    }
}

/// What requests must have in common to share a result.
struct Identity<'s, I, S: ?Sized>(I, &'s S);

impl<'k, I, Q, S> Hash for Identity<'_, I, S>
where
    I: Iterator<Item = &'k Q> + Clone,
    Q: Hash + ?Sized + 'k,
    S: Hash + ?Sized,
{
    fn hash<H: Hasher>(&self, state: &mut H) {
        // So that no key counts as part of the scope, nor the other way round.
        self.0.clone().count().hash(state);
        self.0.clone().for_each(|key| key.hash(state));
        self.1.hash(state);
    }
}

/// A result, and the line of those that want it.
///
/// Every call takes a ticket when it comes, and another one when it begins to compute. If the
/// ticket of a computation is later than that of a call, it began after the call, so it has seen
/// what the call's pass could see. Without that rule, all that wait would compute one after the
/// other while changes come faster than results.
struct Entry<T> {
    tickets: AtomicU64,
    /// Locked while one computes.
    latest: lock::Mutex<Option<Computed<T>>>,
}

struct Computed<T> {
    value: Arc<T>,
    /// What was notified when the computation began.
    begin: Cursor,
    ticket: u64,
}

impl<T> Entry<T> {
    /// Acquire and release: what an earlier ticket has seen of the hub's numbers, a later one does
    /// not fall behind.
    fn take_ticket(&self) -> u64 {
        self.tickets.fetch_add(1, Ordering::AcqRel)
    }
}

impl<T> Default for Entry<T> {
    fn default() -> Self {
        Self {
            tickets: AtomicU64::new(0),
            latest: lock::Mutex::new(None),
        }
    }
}

impl<K, T> Clone for Share<K, T> {
    fn clone(&self) -> Self {
        Self {
            hub: self.hub.clone(),
            results: Arc::clone(&self.results),
        }
    }
}

impl<K, T> fmt::Debug for Share<K, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Share").finish_non_exhaustive()
    }
}
