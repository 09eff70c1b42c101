//! All of them on actix.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Json, Path, ServiceConfig};
use actix_web::{HttpResponse, Responder};
use dacapo::Hub;
use dacapo::actix::{Resume, handler};
use serde_json::Value;

use crate::all::All;
use crate::consul::LONGEST;
use crate::grip;

pub(crate) fn routes(all: All) -> impl Fn(&mut ServiceConfig) + Clone + Send {
    move |config| {
        let held = |hub: &Hub<String>| Resume::new(hub.clone()).max_hold(LONGEST);
        let [consul, telegram, nchan, mcp, ..] = all.hubs.each_ref().map(held);
        let All {
            consul: kv,
            telegram: bots,
            nchan: channels,
            mcp: tools,
            ..
        } = all.clone();
        let (publisher, subscriber) = (channels.clone(), channels);
        let kv = handler(move |c, request| kv.clone().answer(c, request));
        let updates = handler(move |c, request| bots.clone().get_updates(c, request));
        let publisher = handler(move |c, request| publisher.clone().publish(c, request));
        let subscriber = handler(move |c, request| subscriber.clone().subscribe(c, request));
        let tools = handler(move |c, request| tools.clone().answer(c, request));
        let news =
            |config: &mut ServiceConfig| _ = config.route("/news/{channel}", web::get().to(news));
        config
            .app_data(Data::new(all.clone()))
            .service(web::resource("/v1/kv/{key:.*}").to(kv).wrap(consul))
            .service(
                web::resource("/{bot}/getUpdates")
                    .to(updates)
                    .wrap(telegram),
            )
            .route("/{bot}/update", web::post().to(update))
            .service(
                web::resource("/pub/{channel}")
                    .to(publisher)
                    .wrap(nchan.clone()),
            )
            .service(
                web::resource("/sub/{channel}")
                    .route(web::get().to(subscriber))
                    .wrap(nchan),
            )
            .service(web::resource("/mcp").route(web::post().to(tools)).wrap(mcp))
            .route("/jobs/{job}", web::post().to(finish));
        grip::on_actix::around(config, news, all.grip.clone());
    }
}

/// An application behind GRIP.
async fn news(channel: Path<String>) -> impl Responder {
    let hold = if *channel == "stream" {
        "stream"
    } else {
        "response"
    };
    let mut response = HttpResponse::Ok();
    response
        .insert_header(("grip-hold", hold))
        .insert_header(("grip-channel", channel.as_str()));
    response.body("no news\n")
}

/// A bot gets something.
async fn update(all: Data<All>, bot: Path<String>, update: Json<Value>) -> impl Responder {
    let pushed = all
        .telegram
        .push(bot.trim_start_matches("bot"), update.into_inner());
    HttpResponse::new(pushed.map_or(StatusCode::PAYLOAD_TOO_LARGE, |_| StatusCode::NO_CONTENT))
}

/// A job of a tool is done.
async fn finish(all: Data<All>, job: Path<usize>, result: String) -> impl Responder {
    let is_known = all.mcp.finish(*job, &result);
    HttpResponse::new(if is_known {
        StatusCode::NO_CONTENT
    } else {
        StatusCode::NOT_FOUND
    })
}
