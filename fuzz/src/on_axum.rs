//! The server on axum.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::{self, Body as AxumBody, HttpBody};
use axum::handler::HandlerWithoutStateExt;
use bytes::Bytes;
use dacapo::Hub;
use dacapo::axum::{ResumeLayer, handler};
use futures::{FutureExt, StreamExt};
use http::Request;
use http_body::{Frame, SizeHint};
use tower::util::BoxCloneSyncService;
use tower::{Layer, ServiceExt};

use super::stage::{self, Stage};
use super::story::{Limits, Piece};
use super::theatre::{Answer, Body, Framework, Pending};

pub struct OnAxum(
    BoxCloneSyncService<Request<AxumBody>, axum::response::Response, std::convert::Infallible>,
);

impl Framework for OnAxum {
    fn new(hub: &Hub<u8>, limits: &Limits, stage: Arc<Stage>) -> Self {
        let layer = ResumeLayer::new(hub.clone())
            .max_body_size(limits.body)
            .body_timeout(limits.body_timeout)
            .max_hold(limits.hold);
        let service = handler(stage::handler(stage)).into_service();
        Self(BoxCloneSyncService::new(layer.layer(service)))
    }

    fn send(&self, request: Request<Option<Body>>) -> Pending {
        let request = request.map(|body| body.map_or_else(AxumBody::empty, AxumBody::new));
        let response = self.0.clone().oneshot(request);
        Box::pin(response.map(|response| {
            let response = response.unwrap();
            let status = response.status().as_u16();
            let body = body::to_bytes(response.into_body(), usize::MAX);
            let body = body.now_or_never().expect("it is there").unwrap();
            Answer { status, body }
        }))
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let piece = ready!(self.pieces.poll_next_unpin(cx));
        Poll::Ready(match piece {
            Some(Piece::Data(bytes)) => {
                let left = |length: u64| length.saturating_sub(bytes.len() as u64);
                self.length = self.length.map(left);
                Some(Ok(Frame::data(bytes)))
            }
            Some(Piece::Broken) => Some(Err("it breaks off")),
            // As hyper has it.
            None if self.length > Some(0) => Some(Err("it ends before its time")),
            None => None,
        })
    }

    /// As hyper has it from the length that the client tells.
    fn size_hint(&self) -> SizeHint {
        self.length
            .map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
