//! axum.

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::routing::get;
use dacapo::axum::ResumeLayer;
use dacapo::{Answer, Continuation, Error, Hub, Outcome};
use http::StatusCode;
use tower::ServiceExt;

use super::{Behind, Site};
use crate::by_hand::{ByHand, Topics, hold};
use crate::cases::LONG_POLL;
use crate::contender::Request;
use crate::ours::{Ours, handler};

pub(crate) type OnAxumInAHandler = Behind<InAHandler>;
pub(crate) type OnAxumUnderTheLayer = Behind<UnderTheLayer>;
pub(crate) type OnAxumByHand = Behind<WithoutUs>;

/// The usual way.
pub(crate) struct InAHandler(Router);

impl Site for InAHandler {
    type Contender = Ours;

    fn new(ours: &Ours) -> Self {
        async fn poll(
            State(hub): State<Hub<String>>,
            Path(key): Path<String>,
        ) -> Result<Answer<()>, Error> {
            hub.run(async |c| handler(&c, &key, LONG_POLL)).await
        }
        Self(
            Router::new()
                .route("/{key}", get(poll))
                .with_state(ours.hub.clone()),
        )
    }

    fn get(&self, path: &str) -> Request<()> {
        send(&self.0, path)
    }
}

pub(crate) struct UnderTheLayer(Router);

impl Site for UnderTheLayer {
    type Contender = Ours;

    fn new(ours: &Ours) -> Self {
        async fn poll(c: Continuation<String>, Path(key): Path<String>) -> Outcome<()> {
            handler(&c, &key, LONG_POLL)
        }
        let layer = ResumeLayer::new(ours.hub.clone());
        Self(Router::new().route("/{key}", get(poll)).layer(layer))
    }

    fn get(&self, path: &str) -> Request<()> {
        send(&self.0, path)
    }
}

pub(crate) struct WithoutUs(Router);

impl Site for WithoutUs {
    type Contender = ByHand;

    fn new(by_hand: &ByHand) -> Self {
        async fn poll(
            State(topics): State<Topics>,
            Path(key): Path<String>,
        ) -> Result<(), StatusCode> {
            let news = hold(topics, key, LONG_POLL).await;
            news.map_err(|_| StatusCode::NO_CONTENT)
        }
        Self(
            Router::new()
                .route("/{key}", get(poll))
                .with_state(by_hand.topics.clone()),
        )
    }

    fn get(&self, path: &str) -> Request<()> {
        send(&self.0, path)
    }
}

fn send(router: &Router, path: &str) -> Request<()> {
    let request = http::Request::get(path).body(Body::empty());
    let request = request.expect("a key is a path");
    let router = router.clone();
    Box::pin(async move {
        let Ok(response) = router.oneshot(request).await;
        assert_eq!(response.status(), StatusCode::OK);
    })
}
