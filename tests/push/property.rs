//! Any push is carried out only with the token.

use proptest::collection::vec;
use proptest::prelude::*;
use support::fuzz;

proptest! {
    #[test]
    fn any_bytes_are_refused_without_the_token_and_answered_alike_with_it(
        data in vec(any::<u8>(), 0..256),
    ) {
        fuzz::push(&data);
    }
}
