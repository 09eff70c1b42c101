//! A push as a scope of actix.

use std::fmt::Display;
use std::hash::Hash;
use std::str::FromStr;

use actix_web::dev::{ServiceRequest, ServiceResponse, fn_service};
use actix_web::{Scope, web};

use crate::push::Push;

use super::body::read_whole;
use super::convert::{http_head, http_response};

/// Mounts a [`Push`] in an application or in a scope, under a prefix without parameters.
///
/// Keep it outside a [`Resume`](super::Resume), which reads the body before the token is checked.
///
/// ```
/// use actix_web::web::ServiceConfig;
/// use dacapo::Hub;
/// use dacapo::push::{Push, Token, TokenError};
///
/// fn routes(
///     hub: &Hub<String>,
///     secret: &str,
/// ) -> Result<impl FnOnce(&mut ServiceConfig), TokenError> {
///     let push = Push::new(hub, Token::new(secret)?);
///     Ok(move |app: &mut ServiceConfig| _ = app.service(dacapo::actix::push("/push", push)))
/// }
/// # assert!(routes(&Hub::new(), "a-secret-of-the-test").is_ok());
/// ```
pub fn push<K>(prefix: &str, push: Push<K>) -> Scope
where
    K: FromStr<Err: Display> + Hash + 'static,
{
    let service = fn_service(move |request| serve(push.clone(), request));
    web::scope(prefix).default_service(service)
}

async fn serve<K>(
    push: Push<K>,
    mut request: ServiceRequest,
) -> Result<ServiceResponse, actix_web::Error>
where
    K: FromStr<Err: Display> + Hash + 'static,
{
    // Without a valid target there is no route, and without a valid head there is no token.
    let target = target_inside(&request).unwrap_or_default();
    let head = http_head(request.request(), target).unwrap_or_default();
    let (head, ()) = head.into_parts();
    let (hub, limits) = push.body_limits();
    let answer = push.answer(&head, read_whole(&mut request, hub, limits));
    let answer = http_response(answer.await);
    Ok(request.into_response(answer))
}

/// Path and query behind the prefix of the scope, as the client sent them.
///
/// actix routes by a path that is decoded, except for slashes. So both paths have the same
/// segments, and the prefix matches only if the client has not encoded it.
fn target_inside(request: &ServiceRequest) -> Option<http::Uri> {
    let matched = request.match_info();
    let outside = matched.as_str().strip_suffix(matched.unprocessed())?;
    let target = matched.get_ref().uri().path_and_query()?;
    target.as_str().strip_prefix(outside)?.parse().ok()
}
