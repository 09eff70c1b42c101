//! Where people come in.

use std::env;
use std::error::Error;
use std::net::TcpListener;

/// Listens on the port that the variable PORT names, or on 3000, and says so.
pub(crate) fn listen() -> Result<TcpListener, Box<dyn Error>> {
    let port = env::var("PORT").unwrap_or_else(|_| "3000".into());
    let Ok(number) = port.parse() else {
        return Err(format!("PORT is a number from 0 to 65535, not {port}").into());
    };
    let listener = TcpListener::bind(("127.0.0.1", number))
        .map_err(|error| format!("port {port}: {error}; choose another with PORT"))?;
    listener.set_nonblocking(true)?;
    println!(
        "chat on http://{}  (Ctrl-C ends it)",
        listener.local_addr()?
    );
    Ok(listener)
}
