//! All of them on axum.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{AppendHeaders, IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Json, Router};
use dacapo::Hub;
use dacapo::axum::{ResumeLayer, handler};

use crate::all::All;
use crate::consul::LONGEST;
use crate::grip;
use crate::telegram::Update;

pub(crate) fn app(all: All) -> Router {
    let held = |hub: &Hub<String>| ResumeLayer::new(hub.clone()).max_hold(LONGEST);
    let [consul, telegram, nchan, mcp, ..] = all.hubs.each_ref().map(held);
    let All {
        consul: kv,
        telegram: bots,
        nchan: channels,
        mcp: tools,
        ..
    } = all.clone();
    let (publisher, subscriber) = (channels.clone(), channels);
    let kv = any(handler(move |c, request| kv.clone().answer(c, request)));
    let updates = any(handler(move |c, request| {
        bots.clone().get_updates(c, request)
    }));
    let publisher = any(handler(move |c, request| {
        publisher.clone().publish(c, request)
    }));
    let subscriber = get(handler(move |c, request| {
        subscriber.clone().subscribe(c, request)
    }));
    let tools = post(handler(move |c, request| tools.clone().answer(c, request)));
    let grip = grip::on_axum::around(
        Router::new()
            .route("/news/{channel}", get(news).put(publish_news))
            .with_state(all.clone()),
        all.grip.clone(),
    );
    Router::new()
        .route("/v1/kv/{*key}", kv.layer(consul))
        .route("/{bot}/getUpdates", updates.layer(telegram))
        .route("/{bot}/update", post(update))
        .route("/pub/{channel}", publisher.layer(nchan.clone()))
        .route("/sub/{channel}", subscriber.layer(nchan))
        .route("/mcp", tools.layer(mcp))
        .route("/jobs/{job}", post(finish))
        .with_state(all)
        .merge(grip)
}

/// An application behind GRIP. If it has no news, it lets the request be held.
async fn news(State(all): State<All>, Path(channel): Path<String>) -> Response {
    let news = all.news.lock().unwrap().get(&channel).cloned();
    let hold = if channel.starts_with("stream") {
        "stream"
    } else {
        "response"
    };
    let headers = AppendHeaders([
        ("grip-hold", hold.to_owned()),
        ("grip-channel", channel),
        ("grip-timeout", "20".to_owned()),
    ]);
    match news {
        Some(news) => news.into_response(),
        None => (headers, "no news\n").into_response(),
    }
}

async fn publish_news(State(all): State<All>, Path(channel): Path<String>, text: String) {
    all.news.lock().unwrap().insert(channel, text);
}

/// A bot gets something.
async fn update(
    State(all): State<All>,
    Path(bot): Path<String>,
    Json(update): Json<Update>,
) -> StatusCode {
    let Some(bot) = bot.strip_prefix("bot") else {
        return StatusCode::NOT_FOUND;
    };
    let pushed = all.telegram.push(bot, update);
    pushed.map_or(StatusCode::PAYLOAD_TOO_LARGE, |_| StatusCode::NO_CONTENT)
}

/// A job of a tool is done.
async fn finish(State(all): State<All>, Path(job): Path<usize>, result: String) -> StatusCode {
    match all.mcp.jobs.finish(job, &result) {
        Some(()) => StatusCode::NO_CONTENT,
        None => StatusCode::NOT_FOUND,
    }
}
