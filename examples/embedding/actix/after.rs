//! Orders of a shop. The page of an order asks for the next version, and asks again when it has the answer.

use std::future::{Ready, ready};
use std::io;
use std::net::TcpListener;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, COOKIE, SET_COOKIE};
use actix_web::middleware::Logger;
use actix_web::web::{self, Data, Json, Path, Query, ServiceConfig};
use actix_web::{App, FromRequest, HttpRequest, HttpResponse, HttpServer, ResponseError, guard};
use dacapo::{Answer, Hub, Interrupt, Suspended};

use crate::orders::{DatabaseDown, Order, Orders};
use crate::sessions::Sessions;
use crate::signals::shutdown_signal;

pub(crate) const HOLD: Duration = Duration::from_secs(30);

#[derive(Default)]
pub(crate) struct Shop {
    pub(crate) orders: Orders,
    pub(crate) sessions: Sessions,
    pub(crate) hub: Hub<u64>,
}

impl Shop {
    async fn order(&self, number: u64, customer: &str) -> Result<Order, AppError> {
        let order = self.orders.find(number).await?;
        let order = order.filter(|order| order.customer == customer);
        order.ok_or(AppError::NotFound)
    }
}

pub(crate) fn routes(shop: Data<Shop>) -> impl FnOnce(&mut ServiceConfig) {
    let staff = guard::Header(AUTHORIZATION.as_str(), "Bearer baker");
    let staff = web::scope("/staff")
        .guard(staff)
        .route("/orders/{number}/state", web::put().to(change));
    let orders = web::scope("/orders")
        .route("", web::post().to(place))
        .route("/{number}", web::get().to(order));
    move |app| {
        app.app_data(shop)
            .route("/login", web::post().to(login))
            .service(staff)
            .service(orders);
    }
}

pub(crate) async fn serve(listener: TcpListener, shop: Shop) -> io::Result<()> {
    let shop = Data::new(shop);
    let hub = shop.hub.clone();
    HttpServer::new(move || {
        App::new()
            .configure(routes(shop.clone()))
            .wrap(Logger::default())
    })
    .h1_allow_half_closed(false) // a client that disconnects ends its request
    .shutdown_signal(async move {
        shutdown_signal().await;
        hub.shutdown(); // answers all held requests
    })
    .listen(listener)?
    .run()
    .await
}

async fn login(shop: Data<Shop>, name: String) -> HttpResponse {
    let cookie = shop.sessions.begin(name);
    HttpResponse::Ok()
        .append_header((SET_COOKIE, cookie))
        .finish()
}

async fn place(shop: Data<Shop>, customer: Customer) -> Result<Json<Order>, AppError> {
    Ok(Json(shop.orders.place(&customer.0).await?))
}

/// The version that the page shows; none at first.
#[derive(serde::Deserialize)]
struct Page {
    version: Option<u64>,
}

/// Shows an order to its customer, as soon as it is not the version that the page shows.
async fn order(
    shop: Data<Shop>,
    customer: Customer,
    number: Path<u64>,
    page: Query<Page>,
) -> Result<Answer<Json<Order>>, AppError> {
    let answer = shop.hub.run(async |c| -> Result<_, AppError> {
        let order = shop.order(*number, &customer.0).await?;
        if page.version == Some(order.version) && !c.is_expired() {
            Err(c.suspend(&*number, HOLD))?;
        }
        Ok(Json(order))
    });
    answer.await
}

async fn change(
    shop: Data<Shop>,
    number: Path<u64>,
    state: String,
) -> Result<HttpResponse, AppError> {
    if !shop.orders.change(*number, state).await? {
        return Err(AppError::NotFound);
    }
    shop.hub.notify(&*number);
    Ok(HttpResponse::Ok().finish())
}

/// The customer of the session.
struct Customer(String);

impl FromRequest for Customer {
    type Error = AppError;
    type Future = Ready<Result<Self, AppError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let shop = request
            .app_data::<Data<Shop>>()
            .expect("the data of the application");
        let cookies = request.headers().get(COOKIE);
        let cookies = cookies.and_then(|value| value.to_str().ok());
        let customer = cookies.and_then(|cookies| shop.sessions.customer(cookies));
        ready(customer.map(Self).ok_or(AppError::NoSession))
    }
}

#[derive(Debug, thiserror::Error)]
enum AppError {
    #[error("log in first")]
    NoSession,
    #[error("there is no such order")]
    NotFound,
    #[error(transparent)]
    Database(#[from] DatabaseDown),
    #[error(transparent)]
    Suspended(#[from] Suspended), // the handler waits
    #[error(transparent)]
    Refused(#[from] dacapo::Error), // a limit or a shutdown forbids it
}

impl Interrupt for AppError {
    type Failure = Self;

    fn split(self) -> Result<Suspended, Self> {
        match self {
            Self::Suspended(token) => Ok(token),
            failure => Err(failure),
        }
    }
}

impl ResponseError for AppError {
    fn error_response(&self) -> HttpResponse {
        let status = match self {
            Self::NoSession => StatusCode::UNAUTHORIZED,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Database(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Suspended(token) => return token.error_response(),
            Self::Refused(error) => return error.error_response(),
        };
        HttpResponse::build(status).json(serde_json::json!({ "error": self.to_string() }))
    }
}
