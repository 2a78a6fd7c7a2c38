//! Where idle connections lie; pure, the clock is an argument.
//!
//! The invariant: they lie in the order of their last use, and the one used last is taken first, so that
//! those that are not needed grow old.

use std::time::Instant;

use super::Bounds;

/// Idle connections.
#[derive(Debug)]
pub(super) struct Shelf<T> {
    /// Used longest ago first.
    idle: Vec<Idle<T>>,
}

/// An idle connection.
#[derive(Debug)]
pub(super) struct Idle<T> {
    pub(super) item: T,
    /// When it was opened.
    pub(super) born: Instant,
    /// When its last call ended.
    pub(super) used: Instant,
    /// When it last showed that it can work.
    pub(super) proven: Instant,
}

/// What has to leave the shelf.
#[derive(Debug)]
pub(super) struct Expired<T> {
    /// Older than `max_lifetime`.
    pub(super) aged: Vec<T>,
    /// Idle for longer than `idle_timeout`.
    pub(super) unused: Vec<T>,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { idle: Vec::new() }
    }
}

impl<T> Shelf<T> {
    pub(super) fn len(&self) -> usize {
        self.idle.len()
    }

    /// Lays a connection where its last use puts it.
    pub(super) fn put(&mut self, idle: Idle<T>) {
        let place = self.idle.partition_point(|other| other.used <= idle.used);
        self.idle.insert(place, idle);
    }

    /// The connection used last.
    pub(super) fn take(&mut self) -> Option<Idle<T>> {
        self.idle.pop()
    }

    /// Whether a connection has not shown for `health_interval` that it can work.
    pub(super) fn has_unproven(&self, now: Instant, bounds: &Bounds) -> bool {
        self.unproven(now, bounds).is_some()
    }

    /// Takes such a connection.
    pub(super) fn take_unproven(&mut self, now: Instant, bounds: &Bounds) -> Option<Idle<T>> {
        self.unproven(now, bounds).map(|place| self.idle.remove(place))
    }

    fn unproven(&self, now: Instant, bounds: &Bounds) -> Option<usize> {
        let due = |idle: &Idle<T>| now.saturating_duration_since(idle.proven) >= bounds.health_interval;
        self.idle.iter().position(due).filter(|_| !bounds.health_interval.is_zero())
    }

    /// Those whose time is over. `min_idle` connections stay however long they lie, unless they are too old.
    pub(super) fn take_expired(&mut self, now: Instant, bounds: &Bounds) -> Expired<T> {
        let old = |idle: &mut Idle<T>| now.saturating_duration_since(idle.born) >= bounds.max_lifetime;
        let aged = self.idle.extract_if(.., old).map(|idle| idle.item).collect();
        let spare = self.idle.len().saturating_sub(bounds.min_idle);
        let unused = |idle: &Idle<T>| now.saturating_duration_since(idle.used) >= bounds.idle_timeout;
        let count = self.idle.iter().take(spare).take_while(|idle| unused(idle)).count();
        let unused = self.idle.drain(..count).map(|idle| idle.item).collect();
        Expired { aged, unused }
    }

    /// Everything.
    pub(super) fn clear(&mut self) -> Vec<T> {
        self.idle.drain(..).map(|idle| idle.item).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn bounds() -> Bounds {
        Bounds {
            size: 8,
            min_idle: 1,
            idle_timeout: 10 * SECOND,
            max_lifetime: 100 * SECOND,
            health_interval: 5 * SECOND,
            acquire_timeout: SECOND,
            initialize_timeout: SECOND,
        }
    }

    /// Connections 0, 1, 2 … used that many seconds after `start`.
    fn shelf(start: Instant, count: u32) -> Shelf<u32> {
        let mut shelf = Shelf::default();
        // Laid down in another order than they were used.
        for item in (0..count).rev() {
            let used = start + SECOND * item;
            shelf.put(Idle { item, born: start, used, proven: used });
        }
        shelf
    }

    #[test]
    fn the_one_used_last_is_taken_first() {
        let mut shelf = shelf(Instant::now(), 3);
        let order: Vec<_> = std::iter::from_fn(|| shelf.take()).map(|idle| idle.item).collect();
        assert_eq!(order, [2, 1, 0]);
    }

    #[test]
    fn those_unused_for_too_long_go_but_the_fewest_that_are_kept_stay() {
        let start = Instant::now();
        let mut shelf = shelf(start, 4);
        assert_eq!(shelf.take_expired(start + 9 * SECOND, &bounds()).unused, [0; 0]);
        assert_eq!(shelf.take_expired(start + 11 * SECOND, &bounds()).unused, [0, 1]);
        assert_eq!(shelf.take_expired(start + 90 * SECOND, &bounds()).unused, [2]);
        let expired = shelf.take_expired(start + 100 * SECOND, &bounds());
        assert_eq!((expired.aged.as_slice(), expired.unused.as_slice()), (&[3][..], &[][..]));
        assert_eq!(shelf.len(), 0);
    }

    #[test]
    fn each_is_asked_once_in_an_interval_and_stays_in_its_place() {
        let start = Instant::now();
        let mut shelf = shelf(start, 3);
        let now = start + 6 * SECOND;
        let mut asked = Vec::new();
        while let Some(idle) = shelf.take_unproven(now, &bounds()) {
            asked.push(idle.item);
            shelf.put(Idle { proven: now, ..idle });
        }
        assert_eq!(asked, [0, 1]);
        assert_eq!(shelf.take().map(|idle| idle.item), Some(2));
        let never = Bounds { health_interval: Duration::ZERO, ..bounds() };
        assert!(shelf.take_unproven(start + 90 * SECOND, &never).is_none());
    }
}
