//! The thread that starts workers.
//!
//! The kernel kills a worker when the *thread* that started it ends, not the process. Threads of the runtime come and
//! go, so workers are started by one that lives as long as the host.

use std::io;
use std::sync::OnceLock;
use std::sync::mpsc::{Sender, channel};

use tokio::process::{Child, Command};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

struct Order {
    command: Command,
    runtime: Handle,
    done: oneshot::Sender<io::Result<Child>>,
}

/// Starts a process.
pub(super) async fn spawn(command: Command) -> io::Result<Child> {
    static ORDERS: OnceLock<Option<Sender<Order>>> = OnceLock::new();
    let gone = || io::Error::other("the thread that starts workers is gone");
    let orders = ORDERS.get_or_init(start).as_ref().ok_or_else(gone)?;
    let (done, spawned) = oneshot::channel();
    orders.send(Order { command, runtime: Handle::current(), done }).map_err(|_| gone())?;
    spawned.await.map_err(|_| gone())?
}

fn start() -> Option<Sender<Order>> {
    let (orders, waiting) = channel::<Order>();
    let serve = move || {
        for Order { mut command, runtime, done } in waiting {
            let _inside = runtime.enter();
            // Whoever has ordered it may be gone: then it is dropped here, and killed.
            let _ = done.send(command.spawn());
        }
    };
    std::thread::Builder::new().name("python-spawner".to_owned()).spawn(serve).ok()?;
    Some(orders)
}
