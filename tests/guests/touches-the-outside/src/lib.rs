//! Tries to reach files, the environment and the network through WASI's own imports, and reports
//! in the result's metadata what it got. Each of them must be a 0 or an error.

use fixture::Fault;
use fixture::sdk::{Outcome, Request, Result};
use wasip2::cli::{environment, stdin};
use wasip2::filesystem::preopens;
use wasip2::filesystem::types::{DescriptorFlags, OpenFlags, PathFlags};
use wasip2::sockets::network::{ErrorCode, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress};
use wasip2::sockets::{instance_network, ip_name_lookup, tcp_create_socket, udp_create_socket};

#[derive(Default)]
struct TouchesTheOutside;

impl Fault for TouchesTheOutside {
    const NAME: &'static str = "touches-the-outside";

    fn execute(&mut self, request: Request) -> Result<Outcome> {
        // A test may name a port on which it listens itself, to be sure that nobody comes.
        let port = fixture::number(&request, "port", 80) as u16;
        let result = fixture::well(&request)
            .metadata("preopens", preopens::get_directories().len().to_string())
            .metadata("files", files().to_string())
            .metadata("env", environment::get_environment().len().to_string())
            .metadata("args", environment::get_arguments().len().to_string())
            .metadata("cwd", environment::initial_cwd().map_or(0, |path| path.len()).to_string())
            .metadata("stdin", read_stdin())
            .metadata("connect", told(connect(port)))
            .metadata("bind", told(bind()))
            .metadata("send", told(send(port)))
            .metadata("resolve", told(resolve()));
        Ok(result.into())
    }
}

/// How many of some well-known files could be opened.
fn files() -> usize {
    let directories = preopens::get_directories();
    let names = [".", "etc/passwd", "proc/self/environ", "../etc/passwd", "/etc/passwd"];
    let open = |name: &&str| {
        directories.iter().any(|(directory, _)| {
            let follow = PathFlags::SYMLINK_FOLLOW;
            directory.open_at(follow, name, OpenFlags::empty(), DescriptorFlags::READ).is_ok()
        })
    };
    names.iter().filter(|name| open(name)).count()
}

/// `closed`, or how many bytes came.
fn read_stdin() -> String {
    stdin::get_stdin().blocking_read(1024).map_or("closed".into(), |bytes| format!("{} bytes", bytes.len()))
}

fn loopback(port: u16) -> IpSocketAddress {
    IpSocketAddress::Ipv4(Ipv4SocketAddress { port, address: (127, 0, 0, 1) })
}

fn connect(port: u16) -> Result<(), ErrorCode> {
    let socket = tcp_create_socket::create_tcp_socket(IpAddressFamily::Ipv4)?;
    socket.start_connect(&instance_network::instance_network(), loopback(port))?;
    socket.subscribe().block();
    socket.finish_connect().map(drop)
}

fn bind() -> Result<(), ErrorCode> {
    let socket = tcp_create_socket::create_tcp_socket(IpAddressFamily::Ipv4)?;
    socket.start_bind(&instance_network::instance_network(), loopback(0))?;
    socket.finish_bind()?;
    socket.start_listen()?;
    socket.finish_listen()
}

/// Sends a datagram: the bind before it is what has to fail.
fn send(port: u16) -> Result<(), ErrorCode> {
    let socket = udp_create_socket::create_udp_socket(IpAddressFamily::Ipv4)?;
    socket.start_bind(&instance_network::instance_network(), loopback(0))?;
    socket.finish_bind()?;
    socket.stream(Some(loopback(port))).map(drop)
}

fn resolve() -> Result<(), ErrorCode> {
    let addresses = ip_name_lookup::resolve_addresses(&instance_network::instance_network(), "localhost")?;
    addresses.subscribe().block();
    addresses.resolve_next_address().map(drop)
}

/// `REACHED`, or the error.
fn told(result: Result<(), ErrorCode>) -> String {
    result.map_or_else(|error| error.name().to_owned(), |()| "REACHED".to_owned())
}

fixture::export!(TouchesTheOutside);
