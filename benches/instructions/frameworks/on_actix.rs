//! actix-web.

use std::rc::Rc;

use actix_http::Request as ActixRequest;
use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::test::{TestRequest, init_service};
use actix_web::web::{self, Data, Path};
use actix_web::{App, HttpResponse};
use dacapo::actix::Resume;
use dacapo::{Answer, Continuation, Error, Hub, Outcome};
use futures::executor::block_on;

use super::{Application, Behind, Site};
use crate::by_hand::{ByHand, Topics, hold};
use crate::cases::LONG_POLL;
use crate::ours::{Ours, handler};

pub(crate) type OnActixInAHandler = Behind<InAHandler>;
pub(crate) type OnActixUnderTheMiddleware = Behind<UnderTheMiddleware>;
pub(crate) type OnActixByHand = Behind<WithoutUs>;

fn application<S, B>(service: impl Future<Output = S>) -> Application
where
    S: Service<
            ActixRequest,
            Response = ServiceResponse<B>,
            Error = actix_web::Error,
            Future: 'static,
        > + 'static,
    B: MessageBody,
{
    let service = Rc::new(block_on(service));
    Box::new(move |path| {
        let request = TestRequest::get().uri(path).to_request();
        let service = Rc::clone(&service);
        // It finds the route when it is called, and that counts.
        Box::pin(async move {
            let response = service.call(request).await.expect("the handler answers");
            assert!(response.status().is_success());
        })
    })
}

/// The handler of both.
fn news(c: &Continuation<String>, key: &str) -> Outcome<HttpResponse> {
    handler(c, key, LONG_POLL).map(|()| HttpResponse::Ok().finish())
}

/// The usual way.
pub(crate) struct InAHandler;

impl Site for InAHandler {
    type Contender = Ours;

    fn application(ours: &Ours) -> Application {
        async fn poll(
            hub: Data<Hub<String>>,
            key: Path<String>,
        ) -> Result<Answer<HttpResponse>, Error> {
            hub.run(async |c| news(&c, &key)).await
        }
        let hub = Data::new(ours.hub.clone());
        let app = App::new()
            .app_data(hub)
            .route("/{key}", web::get().to(poll));
        application(init_service(app))
    }
}

pub(crate) struct UnderTheMiddleware;

impl Site for UnderTheMiddleware {
    type Contender = Ours;

    fn application(ours: &Ours) -> Application {
        async fn poll(c: Continuation<String>, key: Path<String>) -> Outcome<HttpResponse> {
            news(&c, &key)
        }
        let resume = Resume::new(ours.hub.clone());
        let app = App::new().route("/{key}", web::get().to(poll)).wrap(resume);
        application(init_service(app))
    }
}

pub(crate) struct WithoutUs;

impl Site for WithoutUs {
    type Contender = ByHand;

    fn application(by_hand: &ByHand) -> Application {
        async fn poll(topics: Data<Topics>, key: Path<String>) -> HttpResponse {
            match hold(Topics::clone(&topics), key.into_inner(), LONG_POLL).await {
                Ok(()) => HttpResponse::Ok().finish(),
                Err(_) => HttpResponse::NoContent().finish(),
            }
        }
        let topics = Data::new(by_hand.topics.clone());
        let app = App::new()
            .app_data(topics)
            .route("/{key}", web::get().to(poll));
        application(init_service(app))
    }
}
