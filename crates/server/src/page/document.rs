//! The page's documents and what they are made of.

use super::harden::policy_with_style;
use crate::app::App;
use crate::budget::party;
use axum::extract::rejection::PathRejection;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use std::net::SocketAddr;
use std::sync::Arc;

/// `/`: starts or joins a room.
pub(super) async fn start(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    read(&app, Asked::Page, &headers).await
}

/// `/r/CODE`: joins the room.
pub(super) async fn room(
    State(app): State<Arc<App>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    code: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Response {
    let code = code.map(|Path(code)| code).unwrap_or_default();
    match app.room(&code, party(address.ip())) {
        Ok(_) => read(&app, Asked::Page, &headers).await,
        Err(error) => {
            let title = if error.status == StatusCode::NOT_FOUND { "No such room" } else { "Wait" };
            let text = sentence(&error.message);
            say(error.status, title, &format!("<p>{}</p>", escape(&text)))
        }
    }
}

/// Any other file of the page.
pub(super) async fn file(State(app): State<Arc<App>>, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/').to_owned();
    read(&app, Asked::File(path), &headers).await
}

/// What a browser asks for.
enum Asked {
    /// The page itself, which is of no use without the bundle.
    Page,
    /// Any other file, by its path.
    File(String),
}

async fn read(app: &Arc<App>, asked: Asked, headers: &HeaderMap) -> Response {
    let (app, headers) = (Arc::clone(app), headers.clone());
    // It may read from a disk, and compress.
    let found = tokio::task::spawn_blocking(move || match asked {
        Asked::Page if !app.site.has_bundle() => Err(()),
        Asked::Page => Ok(page(&app, &headers)),
        Asked::File(path) => {
            let file = app.site.file(&path);
            Ok(file.map(|file| file.answer_compressed(&headers, &app.compressed)))
        }
    });
    match found.await {
        Ok(Ok(Some(answer))) => answer,
        Ok(Err(())) => {
            let text = "<p>The program that runs in the browser is missing from this server.</p>\
                <p>Build it with <code>cargo xtask bundle</code>, then build and start the server \
                again (or start it with <code>--www www</code>).</p>";
            say(StatusCode::SERVICE_UNAVAILABLE, "The bundle is missing", text)
        }
        Ok(Ok(None)) | Err(_) => {
            let text = "<p>Nothing is at this address.</p>";
            say(StatusCode::NOT_FOUND, "Not found", text)
        }
    }
}

/// The page itself, with its policy.
fn page(app: &App, headers: &HeaderMap) -> Option<Response> {
    let file = app.site.page()?;
    let policy = policy_with_style(file.content());
    let mut answer = file.answer_compressed(headers, &app.compressed);
    if let Some(policy) = policy {
        answer.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    Some(answer)
}

/// A page of a few words; `html` is ours.
fn say(status: StatusCode, title: &str, html: &str) -> Response {
    let text = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title} · Convoy</title>\n\
         <link rel=\"icon\" href=\"/icon.svg\" type=\"image/svg+xml\">\n\
         <link rel=\"stylesheet\" href=\"/style.css\">\n</head>\n<body>\n\
         <header><a class=\"brand\" href=\"/\">Convoy</a></header>\n\
         <main>\n<h1>{title}</h1>\n{html}\n<p><a href=\"/\">Start or join a room</a></p>\n</main>\n\
         </body>\n</html>\n"
    );
    (status, [(CACHE_CONTROL, "no-store")], Html(text)).into_response()
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// As a sentence: messages begin as parts of one.
fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).chain(['.']).collect()
}
