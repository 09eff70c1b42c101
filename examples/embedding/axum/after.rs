//! Orders of a shop. The page of an order asks for the next version, and asks again when it has the answer.

use std::io;
use std::time::Duration;

use axum::extract::{FromRequestParts, Path, Query, Request, State};
use axum::http::header::{AUTHORIZATION, COOKIE, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderName, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use dacapo::{Answer, Hub, Interrupt, Suspended};
use tokio::net::TcpListener;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

use crate::orders::{DatabaseDown, Order, Orders};
use crate::sessions::Sessions;
use crate::signals::shutdown_signal;

const TIMEOUT: Duration = Duration::from_secs(10);
pub(crate) const HOLD: Duration = Duration::from_secs(30);

#[derive(Clone, Default)]
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

pub(crate) fn routes(shop: Shop) -> Router {
    let change = put(change).route_layer(from_fn(staff_only));
    Router::new()
        .route("/login", post(login))
        .route("/orders", post(place))
        .route("/orders/{number}/state", change)
        .layer(TimeoutLayer::with_status_code(
            StatusCode::GATEWAY_TIMEOUT,
            TIMEOUT,
        ))
        .route("/orders/{number}", get(order)) // outside of the timeout, which is shorter than the hold
        .layer(TraceLayer::new_for_http())
        .with_state(shop)
}

pub(crate) async fn serve(listener: TcpListener, shop: Shop) -> io::Result<()> {
    let hub = shop.hub.clone();
    axum::serve(listener, routes(shop))
        .with_graceful_shutdown(async move {
            shutdown_signal().await;
            hub.shutdown(); // answers all held requests
        })
        .await
}

async fn login(State(shop): State<Shop>, name: String) -> [(HeaderName, String); 1] {
    [(SET_COOKIE, shop.sessions.begin(name))]
}

async fn place(
    State(shop): State<Shop>,
    Customer(customer): Customer,
) -> Result<Json<Order>, AppError> {
    Ok(Json(shop.orders.place(&customer).await?))
}

/// The version that the page shows; none at first.
#[derive(serde::Deserialize)]
struct Page {
    version: Option<u64>,
}

/// Shows an order to its customer, as soon as it is not the version that the page shows.
async fn order(
    State(shop): State<Shop>,
    Customer(customer): Customer,
    Path(number): Path<u64>,
    Query(page): Query<Page>,
) -> Result<Answer<Json<Order>>, AppError> {
    let answer = shop.hub.run(async |c| -> Result<_, AppError> {
        let order = shop.order(number, &customer).await?;
        if page.version == Some(order.version) && !c.is_expired() {
            Err(c.suspend(&number, HOLD))?;
        }
        Ok(Json(order))
    });
    answer.await
}

async fn change(
    State(shop): State<Shop>,
    Path(number): Path<u64>,
    state: String,
) -> Result<(), AppError> {
    if !shop.orders.change(number, state).await? {
        return Err(AppError::NotFound);
    }
    shop.hub.notify(&number);
    Ok(())
}

async fn staff_only(request: Request, next: Next) -> Result<Response, AppError> {
    match request.headers().get(AUTHORIZATION) {
        Some(value) if value == "Bearer baker" => Ok(next.run(request).await),
        _ => Err(AppError::StaffOnly),
    }
}

/// The customer of the session.
struct Customer(String);

impl FromRequestParts<Shop> for Customer {
    type Rejection = AppError;

    async fn from_request_parts(head: &mut Parts, shop: &Shop) -> Result<Self, AppError> {
        let cookies = head
            .headers
            .get(COOKIE)
            .and_then(|value| value.to_str().ok());
        let customer = cookies.and_then(|cookies| shop.sessions.customer(cookies));
        customer.map(Self).ok_or(AppError::NoSession)
    }
}

#[derive(Debug, thiserror::Error)]
enum AppError {
    #[error("log in first")]
    NoSession,
    #[error("only staff can do this")]
    StaffOnly,
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

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        let status = match self {
            Self::NoSession => StatusCode::UNAUTHORIZED,
            Self::StaffOnly => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Database(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Suspended(token) => return token.into_response(),
            Self::Refused(error) => return error.into_response(),
        };
        (
            status,
            Json(serde_json::json!({ "error": self.to_string() })),
        )
            .into_response()
    }
}
