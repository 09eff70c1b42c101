//! Was this key notified since a given notify? In constant memory, and wrong only in the harmless
//! direction.

/// The number of the latest notify per stripe, in two rows.
///
/// A key has one stripe in each row and was notified since `start` only if *both* say so; so two
/// other keys must collide with it at once before the answer is a false yes. It is never a false
/// no.
#[derive(Debug)]
pub(crate) struct Stripes {
    rows: [Box<[u64]>; 2],
}

impl Stripes {
    /// Makes two rows of this many stripes, a power of two.
    pub(crate) fn new(per_row: usize) -> Self {
        debug_assert!(per_row.is_power_of_two());
        Self {
            rows: [(); 2].map(|()| vec![0; per_row].into()),
        }
    }

    /// Notes that notify number `number` concerned the key with these `bits`.
    pub(crate) fn raise(&mut self, bits: [u32; 2], number: u64) {
        for (row, bits) in self.rows.iter_mut().zip(bits) {
            let stripe = &mut row[bits as usize & (row.len() - 1)];
            debug_assert!(
                *stripe < number,
                "a number is taken while the shard is locked"
            );
            *stripe = number;
        }
    }

    /// Tells whether any notify later than number `start` can have concerned the key with these
    /// `bits`.
    pub(crate) fn raised_since(&self, bits: [u32; 2], start: u64) -> bool {
        self.rows
            .iter()
            .zip(bits)
            .all(|(row, bits)| row[bits as usize & (row.len() - 1)] > start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_was_notified_since_every_earlier_number() {
        let mut stripes = Stripes::new(8);
        stripes.raise([3, 5], 10);
        assert!(stripes.raised_since([3, 5], 9));
        assert!(!stripes.raised_since([3, 5], 10));
    }

    #[test]
    fn a_collision_in_one_row_is_not_enough() {
        let mut stripes = Stripes::new(8);
        stripes.raise([3, 5], 10);
        assert!(!stripes.raised_since([3, 6], 0));
        stripes.raise([4, 6], 11);
        assert!(
            stripes.raised_since([3, 6], 0),
            "a collision in both rows is"
        );
    }
}
