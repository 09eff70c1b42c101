//! The address for pages.

use std::env;
use std::error::Error;
use std::io;
use std::net::{SocketAddr, TcpListener};

use socket2::{Domain, Socket, Type};

/// Listens on the port in the variable PORT, or on 3000, and prints the address.
pub(crate) fn listen() -> Result<TcpListener, Box<dyn Error>> {
    let port = env::var("PORT").unwrap_or_else(|_| "3000".into());
    let Ok(number) = port.parse() else {
        return Err(format!("PORT is a number from 0 to 65535, not {port}").into());
    };
    let listener =
        bind(number).map_err(|error| format!("port {port}: {error}; choose another with PORT"))?;
    println!(
        "chat on http://{}  (Ctrl-C ends it)",
        listener.local_addr()?
    );
    Ok(listener)
}

/// Many pages may connect at once: after an interruption, all of them do.
fn bind(port: u16) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    #[cfg(unix)] // elsewhere it lets two servers have the same port
    socket.set_reuse_address(true)?;
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], port)).into())?;
    socket.listen(4096)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}
