//! The end of a request, when it comes from outside: with the wake that ends its wait.

use std::sync::Arc;

use crate::engine::Parcel;
use crate::error::Error;

/// What a request is to end with. Nobody else can name the type, so what an application hands over is
/// never taken for one.
struct Verdict(Error);

pub(crate) fn parcel(error: Error) -> Parcel {
    Arc::new(Verdict(error))
}

/// The verdict that a parcel is, or the parcel.
pub(crate) fn from_parcel(parcel: Parcel) -> Result<Error, Parcel> {
    let verdict = parcel.downcast::<Verdict>()?;
    Ok(verdict.0.clone())
}
