//! axum, for the shared tests.

use std::convert::Infallible;
use std::fmt::Display;
use std::future::pending;
use std::hash::Hash;
use std::str::FromStr;

use axum::Router;
use axum::body::{Body as AxumBody, to_bytes};
use axum::handler::Handler as AxumHandler;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{self, MethodFilter};
use bytes::Bytes;
use dacapo::axum::{ResumeLayer, handler};
use dacapo::push::Push;
use dacapo::{Answer, Continuation, Error, Hub, Outcome};
use futures::FutureExt;
use futures::future::BoxFuture;
use http::request::Parts;
use http::{Request, StatusCode, Uri};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::time::timeout;
use tower::{Service, ServiceExt};

use crate::application::limited;
use crate::{
    Again, Application, Framework, Layer, Listening, Middleware, Route, Server, Target, Wrap,
};

#[derive(Debug, Clone, Copy)]
pub struct Axum;

impl Framework for Axum {
    fn missing_layer(self) -> [&'static str; 2] {
        ["no `ResumeLayer` of", "`.layer(ResumeLayer::new(hub))`"]
    }

    fn serve<K: Clone + 'static>(self, application: Application<K>) -> Server {
        server(router(application))
    }

    fn serve_with_push<K>(
        self,
        application: Application<K>,
        prefix: &'static str,
        push: Push<K>,
    ) -> Server
    where
        K: FromStr<Err: Display> + Hash + Clone + Send + 'static,
    {
        server(router(application).nest_service(prefix, push))
    }

    fn listen<K: Clone + 'static>(self, application: Application<K>) -> Listening {
        listen(router(application))
    }
}

/// A server for any service.
pub fn server<S>(service: S) -> Server
where
    S: Service<Request<AxumBody>, Response = Response, Error = Infallible> + Clone + 'static,
{
    Server::new(move |request| {
        let answer = service.clone().oneshot(request.map(AxumBody::new));
        async { whole(answer.await.unwrap_or_else(|never| match never {})).await }
    })
}

/// A server on a socket.
pub fn listen(app: Router) -> Listening {
    Listening::start(move |bound, stopped| {
        Runtime::new().unwrap().block_on(async move {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            bound.send(listener.local_addr().unwrap()).unwrap();
            let (stop, stopping) = oneshot::channel::<()>();
            let stopping = async { drop(stopping.await) };
            let server = axum::serve(listener, app).with_graceful_shutdown(stopping);
            tokio::select! {
                served = server => served.unwrap(),
                () = abandoned(stopped, stop) => {}
            }
        });
    })
}

/// Passes the stop signal of the server on. Returns if the test has ended without sending it.
async fn abandoned(stopped: oneshot::Receiver<()>, stop: oneshot::Sender<()>) {
    if stopped.await.is_ok() {
        stop.send(()).unwrap();
        pending().await
    }
}

/// An application as an axum router.
pub fn router<K: Clone + 'static>(application: Application<K>) -> Router {
    let routes = application.routes.into_iter();
    let router = routes.fold(Router::new(), mounted);
    application.wraps.into_iter().fold(router, wrapped)
}

fn mounted<K: Clone + 'static>(router: Router, route: Route<K>) -> Router {
    let Route { target, hub, .. } = route;
    let portable = move |c, request| (route.handler)(c, request);
    match hub {
        None => at(router, target, handler(portable)),
        Some(hub) => at(router, target, in_a_handler(hub, portable)),
    }
}

fn at<T: 'static>(router: Router, target: Target, handler: impl AxumHandler<T, ()>) -> Router {
    match target {
        Target::AnyOther => router.fallback(handler),
        Target::At(method, path) => {
            let method = MethodFilter::try_from(method).unwrap();
            router.route(path, routing::on(method, handler))
        }
    }
}

/// A handler of axum that calls `hub.run`.
fn in_a_handler<K: 'static, F>(
    hub: Hub<K>,
    handler: impl Fn(Continuation<K>, Request<Bytes>) -> F + Clone + Send + Sync + 'static,
) -> impl Fn(Parts, Bytes) -> BoxFuture<'static, Result<Answer<Response>, Error>> + Clone + Send + Sync
where
    F: Future<Output = Outcome<Response<Bytes>>> + Send + 'static,
{
    move |head, body| {
        let (hub, handler) = (hub.clone(), handler.clone());
        let request = Request::from_parts(head, body);
        let pass = move |c| handler(c, request.clone());
        async move {
            Ok(hub
                .run(pass)
                .await?
                .map(|answer| answer.map(AxumBody::from)))
        }
        .boxed()
    }
}

fn wrapped<K: Clone + 'static>(router: Router, wrap: Wrap<K>) -> Router {
    match wrap {
        Wrap::Layer(layer) => router.layer(resume(layer)),
        Wrap::Middleware(middleware) => router.layer(from_fn(move |request, next| {
            around(middleware.clone(), request, next)
        })),
        // Around the router: what is between its routes and its layers has been routed.
        Wrap::Again(again) => {
            let router = Router::new().fallback_service(router);
            router.layer(from_fn(move |request, next| {
                twice(again.clone(), request, next)
            }))
        }
        Wrap::Task => router.layer(from_fn(async |request, next: Next| {
            tokio::spawn(next.run(request)).await.unwrap()
        })),
        Wrap::Within(time) => router.layer(from_fn(move |request, next: Next| {
            let late = |_| StatusCode::REQUEST_TIMEOUT.into_response();
            async move { timeout(time, next.run(request)).await.unwrap_or_else(late) }
        })),
    }
}

fn resume<K>(limits: Layer<K>) -> ResumeLayer<K> {
    limited!(ResumeLayer::new(limits.hub), limits)
}

async fn around(middleware: Middleware, request: Request<AxumBody>, next: Next) -> Response {
    let (head, body) = request.into_parts();
    let (head, then) = middleware.enter(Request::from_parts(head, ())).await;
    let response = next.run(head.map(|()| body)).await;
    then(whole(response).await).map(AxumBody::from)
}

async fn twice(again: Again, request: Request<AxumBody>, next: Next) -> Response {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.expect("it is whole");
    let request = || Request::from_parts(head.clone(), AxumBody::from(body.clone()));
    let first = whole(next.clone().run(request()).await).await;
    if again.is_content_with(&first) {
        return first.map(AxumBody::from);
    }
    let mut second = request();
    if let Some(path) = again.elsewhere {
        *second.uri_mut() = Uri::from_static(path);
    }
    let second = next.run(second).await;
    match again.sends_the_first {
        true => first.map(AxumBody::from),
        false => second,
    }
}

async fn whole(response: Response) -> Response<Bytes> {
    let (head, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await;
    Response::from_parts(head, body.expect("it is whole"))
}
