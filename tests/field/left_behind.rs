//! What a pass leaves in its request: on axum nothing; on actix what the table in the documentation of `dacapo::actix`
//! names, and what that advises to do.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use dacapo::{Continuation, Outcome};
use support::{Server, ok, poll};

use crate::{LONG_POLL, hub};

/// The user, if a middleware inside has found one.
#[derive(Clone)]
struct User(&'static str);

/// Suspends once.
fn look(c: &Continuation<String>) -> Outcome<()> {
    match c.is_initial() {
        true => Err(c.suspend("go", LONG_POLL)),
        false => Ok(()),
    }
}

/// The answer to a request that is held, and is executed again after this.
fn answer(
    server: &Server,
    path: &str,
    hub: &dacapo::Hub<String>,
    meanwhile: impl FnOnce(),
) -> String {
    let mut pending = server.get(path);
    assert_eq!(poll(&mut pending), None);
    meanwhile();
    assert_eq!(hub.notify("go"), 1);
    let (status, body) = poll(&mut pending).expect("it is answered");
    assert_eq!(Some((status, body.clone())), ok(&body));
    body
}

/// A login that is revoked while a request is held.
#[derive(Clone)]
struct Login(Arc<AtomicBool>);

impl Login {
    fn new() -> Self {
        Self(Arc::new(AtomicBool::new(true)))
    }

    fn user(&self) -> Option<User> {
        self.0.load(Ordering::SeqCst).then_some(User("ada"))
    }

    fn revoke(&self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

/// What the route of each pass was called.
type Patterns = Arc<Mutex<Vec<String>>>;

mod on_axum {
    use axum::extract::{MatchedPath, Request};
    use axum::http::Uri;
    use axum::middleware::{Next, from_fn};
    use axum::{Extension, Router, routing::get};
    use dacapo::axum::ResumeLayer;
    use support::on_axum::server;

    use super::*;

    /// Cf. Yuzu #955.
    #[test]
    fn a_user_that_only_the_first_pass_has_found_is_not_seen_in_the_second() {
        let (hub, _clock) = hub();
        let login = Login::new();
        let finds = login.clone();
        let authentication = from_fn(move |mut request: Request, next: Next| {
            if let Some(user) = finds.user() {
                request.extensions_mut().insert(user);
            }
            next.run(request)
        });
        let poll = async |c: Continuation<String>, user: Option<Extension<User>>| {
            look(&c)?;
            Outcome::Ok(user.map_or("nobody", |user| user.0.0))
        };
        let app: Router = Router::new().route("/", get(poll));
        let app = app
            .layer(authentication)
            .layer(ResumeLayer::new(hub.clone()));
        assert_eq!(answer(&server(app), "/", &hub, || login.revoke()), "nobody");
    }

    #[test]
    fn each_pass_knows_the_pattern_of_the_route_that_it_was_routed_to() {
        let (hub, _clock) = hub();
        let is_blue = Login::new();
        let patterns = Patterns::default();
        let notes = Arc::clone(&patterns);
        let poll = async move |c: Continuation<String>, matched: MatchedPath| {
            notes.lock().unwrap().push(matched.as_str().to_owned());
            look(&c).map(|()| "news")
        };
        let poll = get(poll);
        let app: Router = Router::new()
            .route("/x/{b}", poll.clone())
            .route("/{a}/z", poll);
        let guard = is_blue.clone();
        let rewrite = from_fn(move |mut request: Request, next: Next| {
            if guard.user().is_some() {
                *request.uri_mut() = Uri::from_static("/y/z");
            }
            next.run(request)
        });
        let app = Router::new().fallback_service(app).layer(rewrite);
        let server = server(app.layer(ResumeLayer::new(hub.clone())));
        answer(&server, "/x/y", &hub, || is_blue.revoke());
        assert_eq!(*patterns.lock().unwrap(), ["/{a}/z", "/x/{b}"]);
    }
}

mod on_actix {
    use std::cell::Cell;
    use std::rc::Rc;

    use actix_web::body::MessageBody;
    use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
    use actix_web::http::Uri;
    use actix_web::http::header::{HeaderValue, SET_COOKIE};
    use actix_web::middleware::{Next, from_fn};
    use actix_web::web::{self, Data, Path, ReqData};
    use actix_web::{App, Error, HttpMessage, HttpRequest, guard};
    use dacapo::Hub;
    use dacapo::actix::Resume;
    use futures::FutureExt;
    use support::on_actix::server;

    use super::*;

    async fn poll_as(c: Continuation<String>, user: Option<ReqData<User>>) -> Outcome<String> {
        look(&c)?;
        Ok(user.map_or("nobody", |user| user.0).to_owned())
    }

    /// A held poll, with this inside around it.
    macro_rules! inside {
        ($hub:expr, $middleware:expr) => {
            server(
                App::new().service(
                    web::resource("/")
                        .wrap_fn($middleware)
                        .wrap(Resume::new($hub.clone()))
                        .route(web::get().to(poll_as)),
                ),
            )
        };
    }

    /// Cf. Yuzu #955. A limit that is documented.
    #[test]
    fn a_user_that_only_the_first_pass_has_found_is_still_there_in_the_second() {
        let (hub, _clock) = hub();
        let login = Login::new();
        let finds = login.clone();
        let server = inside!(hub, move |request: ServiceRequest, service| {
            if let Some(user) = finds.user() {
                request.extensions_mut().insert(user);
            }
            service.call(request)
        });
        assert_eq!(answer(&server, "/", &hub, || login.revoke()), "ada");
    }

    #[test]
    fn a_middleware_that_inserts_or_removes_its_user_leaves_none_behind() {
        let (hub, _clock) = hub();
        let login = Login::new();
        let finds = login.clone();
        let server = inside!(hub, move |request: ServiceRequest, service| {
            match finds.user() {
                Some(user) => _ = request.extensions_mut().insert(user),
                None => _ = request.extensions_mut().remove::<User>(),
            }
            service.call(request)
        });
        assert_eq!(answer(&server, "/", &hub, || login.revoke()), "nobody");
    }

    #[test]
    fn a_handler_that_asks_in_its_pass_sees_that_the_user_has_gone() {
        let (hub, _clock) = hub();
        let login = Login::new();
        let run = async |hub: Data<Hub<String>>, login: Data<Login>| {
            let poll = async |c| {
                look(&c)?;
                Outcome::Ok(login.user().map_or("nobody", |user| user.0))
            };
            hub.run(poll).await
        };
        let app = App::new().app_data(Data::new(hub.clone()));
        let app = app.app_data(Data::new(login.clone()));
        let server = server(app.route("/", web::get().to(run)));
        assert_eq!(answer(&server, "/", &hub, || login.revoke()), "nobody");
    }

    /// A session as `actix-session` has it: one for the whole request, and changed if anybody has changed it.
    #[derive(Clone, Default)]
    struct Session(Rc<Cell<bool>>);

    impl Session {
        fn of(request: &HttpRequest) -> Self {
            let mut extensions = request.extensions_mut();
            if !extensions.contains::<Self>() {
                extensions.insert(Self::default());
            }
            extensions.get::<Self>().cloned().unwrap()
        }

        fn change(&self) {
            self.0.set(true);
        }
    }

    /// Sets a cookie if the session has changed.
    fn sessions<S, B>(
        request: ServiceRequest,
        service: &S,
    ) -> impl Future<Output = Result<ServiceResponse<B>, Error>> + use<S, B>
    where
        S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    {
        let session = Session::of(request.request());
        service.call(request).map(move |response| {
            let mut response = response?;
            if session.0.get() {
                let cookie = HeaderValue::from_static("session=changed");
                response.headers_mut().insert(SET_COOKIE, cookie);
            }
            Ok(response)
        })
    }

    /// Changes its session in the pass that its path names.
    async fn poll_and_change(
        c: Continuation<String>,
        request: HttpRequest,
        pass: Path<u32>,
    ) -> Outcome<&'static str> {
        if c.pass() == *pass {
            Session::of(&request).change();
        }
        look(&c).map(|()| "news")
    }

    /// Whether the answer of the second pass stores a session that has been changed in the first, in the second, or not.
    fn stores(server: &Server, hub: &Hub<String>) -> [bool; 3] {
        [1, 2, 3].map(|pass| {
            let mut pending = server.get(&format!("/{pass}"));
            assert_eq!(poll(&mut pending), None);
            assert_eq!(hub.notify("go"), 1);
            let response = pending.now_or_never().unwrap();
            response.headers().contains_key("set-cookie")
        })
    }

    /// A limit that is documented, the kind of cherrypy #1027. A session that changes in the last pass only is saved.
    #[test]
    fn a_session_inside_that_a_suspended_pass_has_changed_is_stored_by_the_answer() {
        let (hub, _clock) = hub();
        let resource = web::resource("/{pass}").wrap_fn(sessions);
        let resource = resource.wrap(Resume::new(hub.clone()));
        let resource = resource.route(web::get().to(poll_and_change));
        let server = server(App::new().service(resource));
        assert_eq!(stores(&server, &hub), [true, true, false]);
    }

    #[test]
    fn so_is_a_session_outside() {
        let (hub, _clock) = hub();
        let resource = web::resource("/{pass}").wrap(Resume::new(hub.clone()));
        let resource = resource.wrap_fn(sessions);
        let resource = resource.route(web::get().to(poll_and_change));
        let server = server(App::new().service(resource));
        assert_eq!(stores(&server, &hub), [true, true, false]);
    }

    struct Tenant(&'static str);

    async fn poll_of(c: Continuation<String>, tenant: Data<Tenant>) -> Outcome<String> {
        look(&c)?;
        Ok(tenant.0.to_owned())
    }

    /// Two scopes of one path; a guard chooses the first one as long as `is_blue`.
    macro_rules! tenants {
        ($is_blue:expr, $route:expr) => {{
            let is_blue = $is_blue.clone();
            let blue =
                web::scope("/x").guard(guard::fn_guard(move |_| is_blue.0.load(Ordering::SeqCst)));
            let blue = blue.app_data(Data::new(Tenant("blue"))).service($route);
            let everybody = web::scope("/x").service($route);
            let app = App::new().app_data(Data::new(Tenant("everybody")));
            app.service(blue).service(everybody)
        }};
    }

    /// A limit that is documented (actix-web #1609): the second pass is in the scope for everyone.
    #[test]
    fn a_pass_that_is_routed_elsewhere_finds_the_data_of_the_first_scope() {
        let (hub, _clock) = hub();
        let is_blue = Login::new();
        let route = || web::resource("/y").route(web::get().to(poll_of));
        let app = tenants!(is_blue, route()).wrap(Resume::new(hub.clone()));
        let answer = answer(&server(app), "/x/y", &hub, || is_blue.revoke());
        assert_eq!(answer, "blue");
    }

    #[test]
    fn around_the_resource_a_request_stays_in_its_scope() {
        for (is_blue, tenant) in [(true, "blue"), (false, "everybody")] {
            let (hub, _clock) = hub();
            let guard = Login::new();
            guard.0.store(is_blue, Ordering::SeqCst);
            let route = || {
                let resource = web::resource("/y").wrap(Resume::new(hub.clone()));
                resource.route(web::get().to(poll_of))
            };
            let app = tenants!(guard, route());
            let switch = || guard.0.store(!is_blue, Ordering::SeqCst);
            assert_eq!(answer(&server(app), "/x/y", &hub, switch), tenant);
        }
    }

    /// Notes the pattern of each pass, and its path as the router has it.
    async fn poll_and_note(
        c: Continuation<String>,
        request: HttpRequest,
        patterns: Data<Mutex<Vec<String>>>,
    ) -> Outcome<&'static str> {
        let pattern = request.match_pattern().unwrap();
        patterns.lock().unwrap().push(pattern);
        look(&c).map(|()| "news")
    }

    /// Two resources that overlap; a guard chooses the first one as long as `is_blue`.
    macro_rules! overlapping {
        ($is_blue:expr, $patterns:expr, $around:expr) => {{
            let is_blue = $is_blue.clone();
            let is_blue = guard::fn_guard(move |_| is_blue.0.load(Ordering::SeqCst));
            let route = || web::get().to(poll_and_note);
            let blue = web::resource("/{a}/y").guard(is_blue).route(route());
            let everybody = web::resource("/x/{b}").route(route());
            let app = App::new().app_data(Data::from(Arc::clone(&$patterns)));
            app.service(blue.wrap($around))
                .service(everybody.wrap($around))
        }};
    }

    /// A limit that is documented: the second pass is in the other resource.
    #[test]
    fn a_pass_that_is_routed_elsewhere_finds_the_pattern_of_the_first_resource() {
        let (hub, _clock) = hub();
        let (is_blue, patterns) = (Login::new(), Patterns::default());
        let nothing = || from_fn(async |request, next: Next<_>| next.call(request).await);
        let app = overlapping!(is_blue, patterns, nothing()).wrap(Resume::new(hub.clone()));
        answer(&server(app), "/x/y", &hub, || is_blue.revoke());
        assert_eq!(*patterns.lock().unwrap(), ["/{a}/y", "/{a}/y"]);
    }

    #[test]
    fn around_the_resource_each_pass_finds_its_pattern() {
        let (hub, _clock) = hub();
        let (is_blue, patterns) = (Login::new(), Patterns::default());
        let server = server(overlapping!(is_blue, patterns, Resume::new(hub.clone())));
        answer(&server, "/x/y", &hub, || is_blue.revoke());
        answer(&server, "/x/y", &hub, || ());
        let patterns = patterns.lock().unwrap();
        let [first, second, third, fourth] = &patterns[..] else {
            panic!("{patterns:?}");
        };
        assert_eq!((&first[..], second, third), ("/{a}/y", first, fourth));
    }

    /// Trims the path as `NormalizePath` does.
    async fn rewrites(
        mut request: ServiceRequest,
        next: Next<impl MessageBody>,
    ) -> Result<ServiceResponse<impl MessageBody>, Error> {
        let path = request.match_info().as_str().to_owned();
        assert_eq!(path, "/x/y", "it is that of an earlier pass");
        let uri = Uri::from_static("/z/y");
        request.match_info_mut().get_mut().update(&uri);
        request.head_mut().uri = uri;
        next.call(request).await
    }

    #[test]
    fn a_path_that_a_middleware_inside_has_rewritten_is_the_clients_again_in_the_next_pass() {
        let (hub, _clock) = hub();
        let poll = async |c: Continuation<String>, path: Path<String>| {
            look(&c)?;
            Outcome::Ok(path.into_inner())
        };
        let resource = web::resource("/{a}/y").wrap(from_fn(rewrites));
        let resource = resource.wrap(Resume::new(hub.clone()));
        let app = App::new().service(resource.route(web::get().to(poll)));
        assert_eq!(answer(&server(app), "/x/y", &hub, || ()), "z");
    }

    /// Keeps a clone of the request until it has the answer.
    async fn keeps(
        request: ServiceRequest,
        next: Next<impl MessageBody>,
    ) -> Result<ServiceResponse<impl MessageBody>, Error> {
        let kept = request.request().clone();
        let response = next.call(request).await?;
        assert_eq!(kept.path(), response.request().path());
        Ok(response)
    }

    /// Cf. actix-web #2561.
    #[test]
    fn a_clone_that_a_middleware_inside_keeps_until_its_answer_ends_with_its_pass() {
        let (hub, _clock) = hub();
        let resume = || Resume::new(hub.clone());
        let resource = || {
            let resource = web::resource("/x").wrap(from_fn(keeps));
            resource.route(web::get().to(poll_as))
        };
        for server in [
            server(App::new().service(resource().wrap(resume()))),
            server(App::new().service(web::scope("").service(resource()).wrap(resume()))),
            server(App::new().service(resource()).wrap(resume())),
        ] {
            assert_eq!(answer(&server, "/x", &hub, || ()), "nobody");
        }
    }
}
