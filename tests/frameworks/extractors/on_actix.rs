//! The handlers and their errors, as actix has them.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{App, FromRequest, HttpRequest, HttpResponse, ResponseError, web};
use dacapo::actix::Resume;
use dacapo::{Continuation, Hub, Outcome, Suspended};
use support::on_actix::server;
use support::{Actix, Server};

use super::{AppError, Extracts, There, User, either, fails, finds, looks, needy, optional};

impl Extracts for Actix {
    fn optional(self, hub: Option<&Hub<String>>) -> Server {
        let app = App::new().route("/", web::get().to(optional));
        match hub {
            Some(hub) => server(app.wrap(Resume::new(hub.clone()))),
            None => server(app),
        }
    }

    fn under_other_keys(self, other: &Hub<u32>) -> Server {
        let app = App::new().route("/", web::get().to(needy));
        server(app.wrap(Resume::new(other.clone())))
    }

    fn under_two(self, rooms: &Hub<String>, users: &Hub<User>) -> Server {
        let app = App::new().route("/", web::get().to(either));
        let app = app.wrap(Resume::new(users.clone()));
        server(app.wrap(Resume::new(rooms.clone())))
    }

    fn with_errors_of_its_own(self, hub: &Hub<String>) -> Server {
        let app = App::new().route("/", web::get().to(fails));
        server(app.wrap(Resume::new(hub.clone())))
    }

    fn suspends_as_it_extracts(self, hub: &Hub<String>) -> Server {
        let app = App::new().route("/", web::get().to(finds));
        server(app.wrap(Resume::new(hub.clone())))
    }
}

impl ResponseError for AppError {
    fn error_response(&self) -> HttpResponse {
        match self {
            Self::Suspended(token) => token.error_response(),
            Self::NoSuchRoom => HttpResponse::NotFound().body(self.to_string()),
        }
    }
}

impl FromRequest for There {
    type Error = Suspended;
    type Future = Ready<Outcome<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let c = Continuation::<String>::from_request(request, payload).into_inner();
        ready(looks(&c.unwrap()))
    }
}
