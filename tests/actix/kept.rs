//! A request that its handler keeps.

use std::cell::RefCell;

use actix_web::web::{self, Data};
use actix_web::{App, HttpRequest};
use dacapo::actix::Resume;
use dacapo::{Continuation, Outcome};
use support::on_actix;

use crate::{LONG_POLL, hub, ok, poll};

struct Kept(RefCell<Vec<HttpRequest>>);

async fn keeping(
    c: Continuation<String>,
    request: HttpRequest,
    kept: Data<Kept>,
) -> Outcome<&'static str> {
    kept.0.borrow_mut().push(request);
    match c.pass() < 4 {
        true => Err(c.suspend("go", LONG_POLL)),
        false => Ok("kept"),
    }
}

#[test]
fn around_a_resource_a_handler_may_keep_the_request() {
    let (hub, _clock) = hub();
    let kept = Data::new(Kept(RefCell::default()));
    let resource = web::resource("/{name}")
        .wrap(Resume::new(hub.clone()))
        .route(web::get().to(keeping));
    let server = on_actix::server(App::new().app_data(kept.clone()).service(resource));
    let mut pending = server.get("/thing");
    for _ in 0..3 {
        assert_eq!(poll(&mut pending), None);
        assert_eq!(hub.notify("go"), 1);
    }
    assert_eq!(poll(&mut pending), ok("kept"));
    assert_eq!(kept.0.borrow().len(), 4);
}
