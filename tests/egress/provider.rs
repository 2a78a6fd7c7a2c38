//! Providers on this machine: HTTP/1.1 in plain text, byte by byte as a test wants it, and HTTP/2 under TLS.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// A provider, and the heads of the requests that it got.
pub struct Provider {
    pub address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Provider {
    /// Heads of requests so far, as they came.
    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }

    /// Answers every request alike, in plain HTTP/1.1: what is written may be cut into parts with pauses.
    pub async fn plain(parts: Vec<(Duration, Vec<u8>)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&heads);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, parts.clone(), Arc::clone(&told)));
            }
        });
        Self { address, heads }
    }

    /// Answers with this whole text, head and all, once a connection.
    pub async fn saying(text: &str) -> Self {
        let text = text.replacen("\r\n", "\r\nconnection: close\r\n", 1);
        Self::plain(vec![(Duration::ZERO, text.into_bytes())]).await
    }
}

async fn answer(
    mut stream: TcpStream,
    parts: Vec<(Duration, Vec<u8>)>,
    heads: Arc<Mutex<Vec<String>>>,
) -> Option<()> {
    let mut got = Vec::new();
    let head = loop {
        if stream.read_buf(&mut got).await.ok()? == 0 {
            return None;
        }
        let text = String::from_utf8_lossy(&got).into_owned();
        if let Some((head, _)) = text.split_once("\r\n\r\n") {
            break head.to_owned();
        }
    };
    heads.lock().unwrap().push(head);
    for (pause, part) in parts {
        tokio::time::sleep(pause).await;
        stream.write_all(&part).await.ok()?;
    }
    // The rest of a body is read, so that its sender is not cut off before it has the answer.
    let mut rest = [0; 4096];
    while stream.read(&mut rest).await.is_ok_and(|bytes| bytes > 0) {}
    Some(())
}

/// A provider under TLS that speaks HTTP/1.1 and HTTP/2, and the certificate of its authority as PEM.
pub async fn encrypted(name: &str) -> (SocketAddr, String) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    // A certificate whose issuer has its own name passes for self-signed with OpenSSL.
    params.distinguished_name.push(DnType::CommonName, "authority of a test");
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let stream = acceptor.accept(stream).await.ok()?;
                let service = hyper::service::service_fn(async |request: hyper::Request<_>| {
                    let _: &hyper::body::Incoming = request.body();
                    let text = format!("{:?} {}", request.version(), request.uri().path());
                    Ok::<_, Infallible>(hyper::Response::new(Full::new(Bytes::from(text))))
                });
                let server = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
                server.serve_connection(TokioIo::new(stream), service).await.ok()
            });
        }
    });
    (address, authority.pem())
}
