//! The handler, the same for both frameworks.

use std::future::{Ready, ready};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use dacapo::{Continuation, Handle, Outcome, Suspended};
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri};

use super::story::{Asked, Turn, Wish};

/// Identifies the request to the handler.
pub const NUMBER: &str = "number-of-the-request";

/// What the passes of all requests share.
#[derive(Default)]
pub struct Stage {
    entered: Mutex<Vec<Entered>>,
    last_token: Mutex<Option<Suspended>>,
}

/// A request that has arrived, and what its handler has seen of it.
struct Entered {
    asked: Asked,
    passes: usize,
    first: Option<(Method, Uri, HeaderMap, Bytes)>,
    handle: Option<Handle>,
}

impl Stage {
    pub fn enter(&self, asked: &Asked) {
        let entered = Entered {
            asked: asked.clone(),
            passes: 0,
            first: None,
            handle: None,
        };
        self.entered.lock().unwrap().push(entered);
    }

    pub fn handle(&self, number: usize) -> Option<Handle> {
        self.entered.lock().unwrap()[number].handle.clone()
    }

    /// Every pass must see the same request.
    fn turn(&self, c: &Continuation<u8>, request: &Request<Bytes>) -> Turn {
        let number = request.headers()[NUMBER].to_str().unwrap();
        let mut entered = self.entered.lock().unwrap();
        let entered = &mut entered[number.parse::<usize>().unwrap()];
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let seen = (
            method,
            uri,
            request.headers().clone(),
            request.body().clone(),
        );
        assert_eq!(
            (&seen.0, &seen.1),
            (&entered.asked.method, &entered.asked.uri)
        );
        assert_eq!(entered.first.get_or_insert_with(|| seen.clone()), &seen);
        entered.handle.get_or_insert_with(|| c.handle());
        let turn = entered.asked.turns.get(entered.passes);
        entered.passes += 1;
        assert_eq!(entered.passes, c.pass() as usize);
        turn.cloned().unwrap_or(Turn::Answer(StatusCode::OK))
    }

    fn take(&self, c: &Continuation<u8>, turn: Turn) -> Outcome<StatusCode> {
        let mut last = self.last_token.lock().unwrap();
        let token = match turn {
            Turn::Answer(status) => return Ok(status),
            Turn::Suspend(wish) => suspend(c, &wish),
            Turn::ReturnTheLastToken => return last.clone().map_or(Ok(StatusCode::OK), Err),
        };
        *last = Some(token.clone());
        Err(token)
    }
}

pub fn handler(
    stage: Arc<Stage>,
) -> impl Fn(Continuation<u8>, Request<Bytes>) -> Ready<Outcome<Response<Bytes>>>
+ Clone
+ Send
+ Sync
+ 'static {
    move |c, request| {
        let turn = stage.turn(&c, &request);
        ready(stage.take(&c, turn).map(|status| {
            let mut response = Response::new(request.into_body());
            *response.status_mut() = status;
            response
        }))
    }
}

fn suspend(c: &Continuation<u8>, wish: &Wish) -> Suspended {
    let token = match &wish.keys[..] {
        [] => c.suspend_for(wish.timeout),
        keys => c.suspend_any(keys, wish.timeout),
    };
    let token = token.priority(wish.priority);
    let token = if wish.from_now {
        token.timeout_from_now()
    } else {
        token
    };
    match wish.or_responds {
        true => token.or_respond(Response::new("nothing new".into())),
        false => token,
    }
}
