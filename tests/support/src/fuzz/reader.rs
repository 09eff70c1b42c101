//! Any bytes, read as numbers and lists.

/// It never fails: when the bytes are over, all that follows is zero and empty.
///
/// The seeds are worth something only as long as they are read as they were found, so nobody else's
/// way of reading is used.
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

    /// True for one byte in so many.
    pub fn one_in(&mut self, number: u8) -> bool {
        self.below(number) == 1
    }

    /// Small ones and large ones alike.
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

    /// Fewer than `end` of something.
    pub fn list<T>(&mut self, end: u8, mut item: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let length = self.below(end);
        (0..length).map(|_| item(self)).collect()
    }

    /// As many of something as the bytes are good for.
    pub fn rest<T>(&mut self, mut item: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let mut items = Vec::new();
        while !self.0.is_empty() && items.len() < 256 {
            items.push(item(self));
        }
        items
    }
}
