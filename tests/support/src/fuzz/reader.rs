//! Reads bytes as numbers and lists.

/// This never fails. After the last byte, all numbers are zero and all lists are empty.
///
/// The seeds keep their meaning only as long as they are read in the same way. So this does not depend on another
/// crate, which might change.
pub struct Reader<'d>(&'d [u8]);

impl<'d> Reader<'d> {
    pub fn new(data: &'d [u8]) -> Self {
        Self(data)
    }

    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }

    pub fn below(&mut self, end: u8) -> u8 {
        self.byte() % end
    }

    /// True for one byte in this number.
    pub fn one_in(&mut self, number: u8) -> bool {
        self.below(number) == 1
    }

    /// Small and large numbers alike.
    pub fn number(&mut self) -> u64 {
        let (mantissa, exponent) = (self.byte(), self.below(8));
        u64::from(mantissa) << (2 * exponent)
    }

    pub fn one_of<T: Copy>(&mut self, choice: &[T]) -> T {
        choice[usize::from(self.byte()) % choice.len()]
    }

    pub fn bytes(&mut self, end: u8) -> &'d [u8] {
        let length = usize::from(self.below(end)).min(self.0.len());
        let (bytes, rest) = self.0.split_at(length);
        self.0 = rest;
        bytes
    }

    /// A number below `end`.
    pub fn list<T>(&mut self, end: u8, mut item: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let length = self.below(end);
        (0..length).map(|_| item(self)).collect()
    }

    /// As many elements as the bytes suffice for.
    pub fn rest<T>(&mut self, mut item: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let mut items = Vec::new();
        while !self.0.is_empty() && items.len() < 256 {
            items.push(item(self));
        }
        items
    }
}
