//! A guest that looks for a way out through WASI: everything is there, and empty.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::net::{TcpListener, TcpStream, UdpSocket};

use serde_json::json;

use crate::stage::neighbour_is_well;
use crate::support::guests::{SHOTS, answer, bell, config, fixture};
use crate::support::host::{Host, new_folder};

const SECRET: &str = "the host's own business";

/// A host with a secret in its environment, its standard input, its folder and the driver's settings' file.
async fn host_with_secrets() -> Host {
    let folder = new_folder();
    let file = folder.path().join("driver_manager.yaml");
    let drivers = json!({ "touches-the-outside": fixture("touches-the-outside", json!({})) });
    fs::write(&file, config(drivers).to_string()).unwrap();
    let input = folder.path().join("input");
    fs::write(&input, SECRET).unwrap();
    Host::launch(folder, |command| {
        command.arg("--config").arg(&file).env("SECRET", SECRET).stdin(File::open(&input).unwrap());
    })
    .await
}

#[tokio::test]
async fn files_environment_arguments_and_input_are_empty_and_the_network_is_shut() {
    let host = host_with_secrets().await;
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let datagrams = UdpSocket::bind(address).unwrap();
    listener.set_nonblocking(true).unwrap();
    datagrams.set_nonblocking(true).unwrap();

    let client = host.client().await;
    let port = address.port().to_string();
    let answer = answer(&client, bell("outside", "fixture:touches-the-outside", &[("port", &port)])).await;
    assert_eq!(answer.counts, [("00".to_owned(), i64::from(SHOTS))].into());
    let found = |what: &str| answer.metadata.get(what).map(String::as_str);
    for nothing in ["preopens", "files", "env", "args", "cwd"] {
        assert_eq!(found(nothing), Some("0"), "{nothing}");
    }
    assert_eq!(found("stdin"), Some("closed"));
    for shut in ["connect", "bind", "send"] {
        assert_eq!(found(shut), Some("access-denied"), "{shut}");
    }
    let resolved = found("resolve").unwrap();
    assert!(["access-denied", "permanent-resolver-failure"].contains(&resolved), "{resolved}");
    assert!(!format!("{answer:?}").contains(SECRET));
    assert!(!host.log().text().contains(SECRET));

    assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock, "somebody came");
    assert_eq!(datagrams.recv(&mut [0; 16]).unwrap_err().kind(), ErrorKind::WouldBlock, "somebody wrote");
    // The door would have opened: a test that can fail.
    let _guest = TcpStream::connect(address).unwrap();
    listener.set_nonblocking(false).unwrap();
    listener.accept().unwrap();
    neighbour_is_well(&client, "outside").await;
}
