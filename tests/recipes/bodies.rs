//! Which limit on bodies applies first.

use bytes::Bytes;
use dacapo::driver::BodyError;
use futures::FutureExt;
use http::Request;
use support::Server;

/// More than the 2 MiB of the layers, and than what the frameworks allow by themselves.
const LARGE: usize = 3 << 20;
/// More than `LARGE`.
const RAISED: usize = 10 << 20;

/// The status of a body, and whether the layer has refused it.
fn sent(bytes: usize, server: &Server) -> (u16, bool) {
    let request = Request::post("/").body(Bytes::from(vec![b' '; bytes]).into());
    let response = server.send(request.unwrap()).now_or_never().unwrap();
    let by_the_layer = response.extensions().get::<BodyError>().is_some();
    (response.status().as_u16(), by_the_layer)
}

mod on_axum {
    use axum::Router;
    use axum::extract::DefaultBodyLimit;
    use axum::routing::{MethodRouter, post};
    use dacapo::axum::ResumeLayer;
    use dacapo::{Continuation, Hub, Outcome};
    use support::on_axum::server;

    use super::*;

    fn in_a_handler() -> MethodRouter {
        let hub = Hub::<String>::new();
        post(async move |body: String| {
            hub.run(async |_| -> Outcome<_> { Ok(body.len().to_string()) })
                .await
        })
    }

    fn under(layer: ResumeLayer<String>) -> MethodRouter {
        post(async |_: Continuation<String>, body: String| body.len().to_string()).layer(layer)
    }

    fn sent_to(route: MethodRouter) -> (u16, bool) {
        sent(LARGE, &server(Router::new().route("/", route)))
    }

    #[test]
    fn in_a_handler_the_limit_is_axums_own() {
        assert_eq!(sent_to(in_a_handler()), (413, false));
        let raised = DefaultBodyLimit::max(RAISED);
        assert_eq!(sent_to(in_a_handler().layer(raised)), (200, false));
    }

    #[test]
    fn under_the_layer_its_own_limit_comes_first_and_then_axums() {
        let layer = || ResumeLayer::new(Hub::<String>::new());
        let raised = DefaultBodyLimit::max(RAISED);
        assert_eq!(sent_to(under(layer())), (413, true));
        assert_eq!(sent_to(under(layer()).layer(raised)), (413, true));
        let layer = || layer().max_body_size(RAISED);
        assert_eq!(sent_to(under(layer())), (413, false));
        assert_eq!(sent_to(under(layer()).layer(raised)), (200, false));
    }
}

mod on_actix {
    use actix_web::web::{self, PayloadConfig};
    use actix_web::{App, Route};
    use dacapo::actix::Resume;
    use dacapo::{Continuation, Hub, Outcome};
    use support::on_actix::server;

    use super::*;

    fn in_a_handler() -> Route {
        web::post().to(async |body: String| {
            let hub = Hub::<String>::new();
            hub.run(async |_| -> Outcome<_> { Ok(body.len().to_string()) })
                .await
        })
    }

    fn under(middleware: Resume<String>) -> Route {
        let handler = async |_: Continuation<String>, body: String| body.len().to_string();
        web::post().to(handler).wrap(middleware)
    }

    fn sent_to(route: Route, bytes: usize, limit: Option<PayloadConfig>) -> (u16, bool) {
        let app = App::new().route("/", route);
        let server = match limit {
            Some(limit) => server(app.app_data(limit)),
            None => server(app),
        };
        sent(bytes, &server)
    }

    const ACTIXS_OWN: usize = 256 << 10;

    #[test]
    fn in_a_handler_the_limit_is_actixs_own() {
        assert_eq!(sent_to(in_a_handler(), ACTIXS_OWN, None), (200, false));
        assert_eq!(sent_to(in_a_handler(), ACTIXS_OWN + 1, None), (413, false));
        let raised = Some(PayloadConfig::new(RAISED));
        assert_eq!(sent_to(in_a_handler(), LARGE, raised), (200, false));
    }

    #[test]
    fn under_the_middleware_its_own_limit_comes_first_and_then_actixs() {
        let middleware = || Resume::new(Hub::<String>::new());
        let raised = || Some(PayloadConfig::new(RAISED));
        assert_eq!(sent_to(under(middleware()), LARGE, None), (413, true));
        assert_eq!(sent_to(under(middleware()), LARGE, raised()), (413, true));
        let more = ACTIXS_OWN + 1;
        assert_eq!(sent_to(under(middleware()), more, None), (413, false));
        let middleware = || middleware().max_body_size(RAISED);
        assert_eq!(sent_to(under(middleware()), LARGE, None), (413, false));
        assert_eq!(sent_to(under(middleware()), LARGE, raised()), (200, false));
    }
}
