//! A caller that hangs up takes its work with it.

use crate::stage::{CONNECTIONS, FOREVER, active, is_well, send, slow_bell, slow_host};
use crate::support::guests::{answer, bell, event};
use crate::support::host::Host;

const DRIVER: &str = "slow-ok";

async fn is_let_go(host: &Host, job: &str) {
    active(host, DRIVER, 0).await;
    let end = event(host, "rpc_end", job).await;
    assert_eq!(end["grpc_status"], "CANCELLED", "{end}");
    // Nobody knows what state the guest was in.
    let idle = host.metric(CONNECTIONS, &[("driver", DRIVER), ("state", "idle")]).await;
    assert!(idle.abs() < 0.5, "the instance was kept");
    let closed = host.log().json().into_iter().find(|line| line["event"] == "connection_closed");
    assert_eq!(closed.unwrap()["why"], "condemned");
}

#[tokio::test]
async fn a_cancelled_call_ends_its_guest() {
    for how in ["asleep", "busy"] {
        let host = slow_host(1).await;
        let client = host.client().await;
        let call = send(&client, slow_bell("cancelled", FOREVER, &[("how", how)]));
        active(&host, DRIVER, 1).await;
        call.abort();
        is_let_go(&host, "cancelled").await;
        // The only place is free again, and counted as what it was.
        is_well(&answer(&client, bell("next", "fixture:slow-ok", &[("behave", "well")])).await);
        let labels = [("driver", DRIVER), ("operation", "execute_circuit"), ("status", "CANCELLED")];
        let cancelled = host.metric("eigen_driver_requests_total", &labels).await;
        assert!((cancelled - 1.0).abs() < 0.5, "{cancelled}");
    }
}

#[tokio::test]
async fn a_lost_connection_ends_the_guests_of_all_its_calls() {
    let host = slow_host(4).await;
    let client = host.client().await;
    let calls = ["one", "two", "three"].map(|job| send(&client, slow_bell(job, FOREVER, &[])));
    active(&host, DRIVER, 3).await;
    drop(client);
    // With its last user the connection goes.
    for call in calls {
        call.abort();
    }
    for job in ["one", "two", "three"] {
        is_let_go(&host, job).await;
    }
}

#[tokio::test]
async fn a_caller_that_hangs_up_while_it_waits_takes_no_place() {
    let host = slow_host(1).await;
    let client = host.client().await;
    let first = send(&client, slow_bell("first", FOREVER, &[]));
    active(&host, DRIVER, 1).await;
    let second = send(&client, slow_bell("second", FOREVER, &[]));
    event(&host, "rpc_start", "second").await;
    second.abort();
    event(&host, "rpc_end", "second").await;
    let third = send(&client, bell("third", "fixture:slow-ok", &[("behave", "well")]));
    first.abort();
    is_well(&third.await.unwrap().unwrap());
}
