//! actix-web, for the shared tests.

mod convert;
mod listen;
mod wraps;

use std::fmt::{Debug, Display};
use std::hash::Hash;
use std::rc::Rc;
use std::str::FromStr;

use actix_http::Request as ActixRequest;
use actix_service::IntoServiceFactory;
use actix_web::body::MessageBody;
use actix_web::dev::{AppConfig, Service, ServiceFactory, ServiceResponse};
use actix_web::test::init_service;
use actix_web::web::{self, ServiceConfig};
use actix_web::{
    App, FromRequest, Handler as ActixHandler, HttpRequest, HttpResponse, Responder, guard,
};
use bytes::Bytes;
use dacapo::actix::handler;
use dacapo::push::Push;
use dacapo::{Answer, Continuation, Error, Hub, Outcome};
use futures::FutureExt;
use futures::executor::block_on;
use futures::future::LocalBoxFuture;
use http::{Method, Request, Response};

use crate::{Application, Framework, Listening, Route, Server, Target};
use convert::{actix_request, actix_response, http_head, http_response};
pub use listen::{HalfClosed, listen, listen_with};
use wraps::Wraps;

#[derive(Debug, Clone, Copy)]
pub struct Actix;

impl Framework for Actix {
    fn missing_layer(self) -> [&'static str; 2] {
        ["no `Resume` of", "`.wrap(Resume::new(hub))`"]
    }

    fn serve<K: Clone + 'static>(self, application: Application<K>) -> Server {
        let wraps = Wraps::new(application.wraps);
        let routes = move |config: &mut ServiceConfig| mount(config, application.routes);
        server(App::new().configure(routes).wrap(wraps))
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
        let Application { routes, wraps } = application;
        let scope = web::scope("").configure(|config| mount(config, routes));
        let app = App::new().service(dacapo::actix::push(prefix, push));
        server(app.service(scope.wrap(Wraps::new(wraps))))
    }

    fn listen<K: Clone + 'static>(self, application: Application<K>) -> Listening {
        listen(HalfClosed::HasGone, move |config| {
            let Application { routes, wraps } = application.clone();
            let scope = web::scope("").configure(|config| mount(config, routes));
            config.service(scope.wrap(Wraps::new(wraps)));
        })
    }
}

/// A server for any application.
pub fn server<A, S, B>(app: A) -> Server
where
    A: IntoServiceFactory<S, ActixRequest> + 'static,
    S: ServiceFactory<
            ActixRequest,
            Config = AppConfig,
            Response = ServiceResponse<B>,
            Error = actix_web::Error,
            InitError: Debug,
            Service: Service<ActixRequest, Future: 'static>,
        > + 'static,
    B: MessageBody + 'static,
{
    let service = Rc::new(block_on(init_service(app)));
    Server::new(move |request| {
        let method = request.method().clone();
        let answer = service.call(actix_request(request)).boxed_local();
        async move {
            as_sent(
                &method,
                match answer.await {
                    Ok(answer) => http_response(answer.into_parts().1).await,
                    Err(error) => http_response(error.error_response()).await,
                },
            )
        }
    })
}

/// axum removes the body of an answer to `HEAD`. With actix, the server behind it does that.
fn as_sent(method: &Method, response: Response<Bytes>) -> Response<Bytes> {
    match *method {
        Method::HEAD => response.map(|_| Bytes::new()),
        _ => response,
    }
}

fn mount<K: Clone + 'static>(config: &mut ServiceConfig, routes: Vec<Route<K>>) {
    for Route {
        target,
        handler: portable,
        hub,
    } in routes
    {
        let portable = move |c, request| portable(c, request);
        match hub {
            None => at(config, target, handler(portable)),
            Some(hub) => at(config, target, in_a_handler(hub, portable)),
        }
    }
}

fn at<A>(
    config: &mut ServiceConfig,
    target: Target,
    handler: impl ActixHandler<A, Output: Responder>,
) where
    A: FromRequest + 'static,
{
    match target {
        Target::AnyOther => config.default_service(web::to(handler)),
        // As in axum: a route for `GET` is also one for `HEAD`.
        Target::At(Method::GET, path) => {
            let is_read = guard::Any(guard::Get()).or(guard::Head());
            config.route(path, web::route().guard(is_read).to(handler))
        }
        Target::At(method, path) => {
            let method = method.as_str().parse().unwrap();
            config.route(path, web::method(method).to(handler))
        }
    };
}

/// A handler of actix that calls `hub.run`.
fn in_a_handler<K: 'static, F>(
    hub: Hub<K>,
    handler: impl Fn(Continuation<K>, Request<Bytes>) -> F + Clone + 'static,
) -> impl Fn(HttpRequest, Bytes) -> LocalBoxFuture<'static, Result<Answer<HttpResponse>, Error>> + Clone
where
    F: Future<Output = Outcome<Response<Bytes>>> + 'static,
{
    move |request, body| {
        let (hub, handler) = (hub.clone(), handler.clone());
        let request = http_head(&request).map(|()| body);
        let pass = move |c| handler(c, request.clone());
        async move { Ok(hub.run(pass).await?.map(actix_response)) }.boxed_local()
    }
}
