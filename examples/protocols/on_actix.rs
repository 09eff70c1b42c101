//! All of them on actix.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Json, Path, ServiceConfig};
use actix_web::{HttpResponse, Responder};
use dacapo::Hub;
use dacapo::actix::{Resume, handler};

use crate::all::All;
use crate::consul::LONGEST;
use crate::grip;
use crate::telegram::Update;

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
        let application = |config: &mut ServiceConfig| {
            let news = web::resource("/news/{channel}").route(web::get().to(news));
            config.service(news.route(web::put().to(publish_news)));
        };
        config
            .app_data(Data::new(all.clone()))
            .service(web::resource("/v1/kv/{key:.*}").to(kv).wrap(consul))
            .service(
                web::resource("/bot{bot}/getUpdates")
                    .to(updates)
                    .wrap(telegram),
            )
            .route("/bot{bot}/update", web::post().to(update))
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
        grip::on_actix::around(config, application, all.grip.clone());
    }
}

/// An application behind GRIP. If it has no news, it lets the request be held.
async fn news(all: Data<All>, channel: Path<String>) -> impl Responder {
    let news = all.news.lock().unwrap().get(&*channel).cloned();
    let hold = if channel.starts_with("stream") {
        "stream"
    } else {
        "response"
    };
    let mut response = HttpResponse::Ok();
    if news.is_none() {
        let headers = [
            ("grip-hold", hold),
            ("grip-channel", &channel),
            ("grip-timeout", "20"),
        ];
        for header in headers {
            response.insert_header(header);
        }
    }
    response.body(news.unwrap_or_else(|| "no news\n".to_owned()))
}

async fn publish_news(all: Data<All>, channel: Path<String>, text: String) -> impl Responder {
    all.news.lock().unwrap().insert(channel.into_inner(), text);
    HttpResponse::Ok()
}

/// A bot gets something.
async fn update(all: Data<All>, bot: Path<String>, update: Json<Update>) -> impl Responder {
    let pushed = all.telegram.push(&bot, update.into_inner());
    HttpResponse::new(pushed.map_or(StatusCode::PAYLOAD_TOO_LARGE, |_| StatusCode::NO_CONTENT))
}

/// A job of a tool is done.
async fn finish(all: Data<All>, job: Path<usize>, result: String) -> impl Responder {
    let known = all.mcp.jobs.finish(*job, &result);
    HttpResponse::new(known.map_or(StatusCode::NOT_FOUND, |()| StatusCode::NO_CONTENT))
}
