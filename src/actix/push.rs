//! A push as a scope.

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
/// ```
/// use actix_web::web::ServiceConfig;
/// use dacapo::Hub;
/// use dacapo::push::{Push, Token, TokenError};
///
/// fn routes(hub: &Hub<String>, secret: &str) -> Result<impl FnOnce(&mut ServiceConfig), TokenError> {
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
    // What is no path for the core is none of the routes, and what is no head has no token either.
    let target = target_inside(&request).unwrap_or_default();
    let head = http_head(request.request(), target).unwrap_or_default();
    let (head, ()) = head.into_parts();
    let (hub, limits) = push.body_limits();
    let answer = push.answer(&head, read_whole(&mut request, hub, limits));
    let answer = http_response(answer.await);
    Ok(request.into_response(answer))
}

/// Path and query from the scope on, as the client has sent them.
///
/// actix routes by a path in which most of what is encoded is decoded, but slashes are not. So both have the same
/// segments, and those of the scope are left out. They are not encoded.
fn target_inside(request: &ServiceRequest) -> Option<http::Uri> {
    let matched = request.match_info();
    let outside = matched.as_str().strip_suffix(matched.unprocessed())?;
    let target = matched.get_ref().uri().path_and_query()?;
    target.as_str().strip_prefix(outside)?.parse().ok()
}
