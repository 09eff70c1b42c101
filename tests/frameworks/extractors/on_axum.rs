//! The handlers and their errors, as axum has them.

use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use dacapo::axum::ResumeLayer;
use dacapo::{Continuation, Hub, Outcome, Suspended};
use http::StatusCode;
use support::on_axum::server;
use support::{Axum, Server};

use super::{AppError, Extracts, There, User, either, fails, finds, looks, needy, optional};

impl Extracts for Axum {
    fn optional(self, hub: Option<&Hub<String>>) -> Server {
        let app: Router = Router::new().route("/", get(optional));
        server(match hub {
            Some(hub) => app.layer(ResumeLayer::new(hub.clone())),
            None => app,
        })
    }

    fn under_other_keys(self, other: &Hub<u32>) -> Server {
        let app: Router = Router::new().route("/", get(needy));
        server(app.layer(ResumeLayer::new(other.clone())))
    }

    fn under_two(self, rooms: &Hub<String>, users: &Hub<User>) -> Server {
        let app: Router = Router::new().route("/", get(either));
        let app = app.layer(ResumeLayer::new(users.clone()));
        server(app.layer(ResumeLayer::new(rooms.clone())))
    }

    fn with_errors_of_its_own(self, hub: &Hub<String>) -> Server {
        let app: Router = Router::new().route("/", get(fails));
        server(app.layer(ResumeLayer::new(hub.clone())))
    }

    fn suspends_as_it_extracts(self, hub: &Hub<String>) -> Server {
        let app: Router = Router::new().route("/", get(finds));
        server(app.layer(ResumeLayer::new(hub.clone())))
    }
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        match self {
            Self::Suspended(token) => token.into_response(),
            Self::NoSuchRoom => (StatusCode::NOT_FOUND, self.to_string()).into_response(),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for There {
    type Rejection = Suspended;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Outcome<Self> {
        let c = Continuation::<String>::from_request_parts(parts, &()).await;
        looks(&c.unwrap())
    }
}
