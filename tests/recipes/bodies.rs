//! Which limit on bodies applies first.

/// More than the 2 MiB of the layers, and more than the frameworks allow by default.
const LARGE: usize = 3 << 20;
/// More than `LARGE`.
const RAISED: usize = 10 << 20;

mod on_axum {
    use axum::Router;
    use axum::extract::DefaultBodyLimit;
    use axum::http::Method;
    use axum::routing::{MethodRouter, post};
    use dacapo::axum::ResumeLayer;
    use dacapo::driver::BodyError;
    use dacapo::{Continuation, Hub, Outcome};
    use futures::FutureExt;

    use super::*;
    use crate::on_axum::ask;

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

    /// The status of a large body, and whether the layer has refused it.
    fn sent_to(route: MethodRouter) -> (u16, bool) {
        let app = Router::new().route("/", route);
        let response = ask(&app, Method::POST, "/", vec![b' '; LARGE]);
        let response = response.now_or_never().unwrap();
        let by_the_layer = response.extensions().get::<BodyError>().is_some();
        (response.status().as_u16(), by_the_layer)
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
    use actix_web::test::TestRequest;
    use actix_web::web::{self, PayloadConfig};
    use actix_web::{App, Route};
    use dacapo::actix::Resume;
    use dacapo::driver::BodyError;
    use dacapo::{Continuation, Hub, Outcome};
    use futures::FutureExt;

    use super::*;
    use crate::on_actix::{ask, init};

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

    /// The status of a body, and whether the middleware has refused it.
    fn sent(bytes: usize, route: Route, limit: Option<PayloadConfig>) -> (u16, bool) {
        let app = App::new().route("/", route);
        let app = match limit {
            Some(limit) => app.app_data(limit),
            None => app,
        };
        let app = init!(app);
        let request = TestRequest::post().uri("/").set_payload(vec![b' '; bytes]);
        let response = ask(&app, request).now_or_never().unwrap();
        let extensions = response.response().extensions();
        let by_ours = extensions.get::<BodyError>().is_some();
        (response.status().as_u16(), by_ours)
    }

    const ACTIXS_OWN: usize = 256 << 10;

    #[test]
    fn in_a_handler_the_limit_is_actixs_own() {
        assert_eq!(sent(ACTIXS_OWN, in_a_handler(), None), (200, false));
        assert_eq!(sent(ACTIXS_OWN + 1, in_a_handler(), None), (413, false));
        let raised = Some(PayloadConfig::new(RAISED));
        assert_eq!(sent(LARGE, in_a_handler(), raised), (200, false));
    }

    #[test]
    fn under_the_middleware_its_own_limit_comes_first_and_then_actixs() {
        let middleware = || Resume::new(Hub::<String>::new());
        let raised = || Some(PayloadConfig::new(RAISED));
        assert_eq!(sent(LARGE, under(middleware()), None), (413, true));
        assert_eq!(sent(LARGE, under(middleware()), raised()), (413, true));
        assert_eq!(
            sent(ACTIXS_OWN + 1, under(middleware()), None),
            (413, false)
        );
        let middleware = || middleware().max_body_size(RAISED);
        assert_eq!(sent(LARGE, under(middleware()), None), (413, false));
        assert_eq!(sent(LARGE, under(middleware()), raised()), (200, false));
    }
}
