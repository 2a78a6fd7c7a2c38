//! A host that has something to show: drivers that serve, one that cannot, and requests of every kind.

use serde_json::json;
use tokio::task::JoinSet;

use crate::support::builds::build;
use crate::support::guests::{bell, config, fixture};
use crate::support::host::Host;
use crate::support::operator::Operator;

/// Seconds with requests in them, beyond which a picture does not change.
const SECONDS: usize = 20;

/// A host with a driver `lab` that can be swapped, one that is slow, and one that does not start.
pub async fn host() -> Host {
    let limits = || json!({ "memory": "16MiB" });
    let drivers = json!({
        "broken": fixture("traps-in-initialize", limits()),
        "lab": fixture("versioned", limits()),
        "slow-ok": fixture("slow-ok", limits()),
    });
    crate::support::guests::host(&config(drivers)).await
}

/// Replaces `lab` by another build.
pub async fn swap(host: &Host) {
    Operator::of(host).await.swap("lab", &build("two")).await.unwrap();
}

/// To a device that nobody has, to one that is slow, to two that answer, and now and then to one whose breaker
/// may be open; for some seconds.
pub async fn requests(host: &Host) {
    let client = host.client().await;
    for second in 0..SECONDS {
        let until = tokio::time::Instant::now() + std::time::Duration::from_secs(1);
        let mut under_way = JoinSet::new();
        let devices = ["sim:local", "lab:a"];
        for (index, device) in devices.iter().cycle().take(40 + (second * 17) % 23).enumerate() {
            let device = match index {
                14 => "nobody:has-it",
                30 if second % 7 == 3 => "lab:b",
                _ => device,
            };
            let (mut client, request) = (client.clone(), bell(&format!("{second}-{index}"), device, &[]));
            under_way.spawn(async move { client.execute_circuit(request).await.is_ok() });
        }
        let mut slow = client.clone();
        let request = bell("slow", "fixture:slow-ok", &[("ms", "60")]);
        under_way.spawn(async move { slow.execute_circuit(request).await.is_ok() });
        under_way.join_all().await;
        // The plot is by the second, so the requests have to be spread over some.
        tokio::time::sleep_until(until).await;
    }
}
