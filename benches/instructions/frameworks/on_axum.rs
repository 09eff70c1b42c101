//! axum.

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::routing::get;
use dacapo::axum::ResumeLayer;
use dacapo::{Answer, Continuation, Error, Hub, Outcome};
use http::StatusCode;
use tower::ServiceExt;

use super::{Application, Behind, Site};
use crate::by_hand::{ByHand, Topics, hold};
use crate::cases::LONG_POLL;
use crate::ours::{Ours, handler};

pub(crate) type OnAxumInAHandler = Behind<InAHandler>;
pub(crate) type OnAxumUnderTheLayer = Behind<UnderTheLayer>;
pub(crate) type OnAxumByHand = Behind<WithoutUs>;

/// The usual way.
pub(crate) struct InAHandler;

impl Site for InAHandler {
    type Contender = Ours;

    fn application(ours: &Ours) -> Application {
        async fn poll(
            State(hub): State<Hub<String>>,
            Path(key): Path<String>,
        ) -> Result<Answer<()>, Error> {
            hub.run(async |c| handler(&c, &key, LONG_POLL)).await
        }
        application(
            Router::new()
                .route("/{key}", get(poll))
                .with_state(ours.hub.clone()),
        )
    }
}

pub(crate) struct UnderTheLayer;

impl Site for UnderTheLayer {
    type Contender = Ours;

    fn application(ours: &Ours) -> Application {
        async fn poll(c: Continuation<String>, Path(key): Path<String>) -> Outcome<()> {
            handler(&c, &key, LONG_POLL)
        }
        let layer = ResumeLayer::new(ours.hub.clone());
        application(Router::new().route("/{key}", get(poll)).layer(layer))
    }
}

pub(crate) struct WithoutUs;

impl Site for WithoutUs {
    type Contender = ByHand;

    fn application(by_hand: &ByHand) -> Application {
        async fn poll(
            State(topics): State<Topics>,
            Path(key): Path<String>,
        ) -> Result<(), StatusCode> {
            let news = hold(topics, key, LONG_POLL).await;
            news.map_err(|_| StatusCode::NO_CONTENT)
        }
        application(
            Router::new()
                .route("/{key}", get(poll))
                .with_state(by_hand.topics.clone()),
        )
    }
}

fn application(router: Router) -> Application {
    Box::new(move |path| {
        let request = http::Request::get(path).body(Body::empty());
        let request = request.expect("a key is a path");
        let router = router.clone();
        Box::pin(async move {
            let Ok(response) = router.oneshot(request).await;
            assert_eq!(response.status(), StatusCode::OK);
        })
    })
}
