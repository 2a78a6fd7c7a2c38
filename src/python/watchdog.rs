//! What a worker really uses, looked at from outside: limits of the kernel count memory that is merely reserved.

use std::fs;
use std::time::Duration;

use crate::config::ByteSize;
use crate::telemetry::metrics::WorkerGauge;

/// How often it is looked at. A process fills some 200 MB meanwhile.
const INTERVAL: Duration = Duration::from_millis(100);

/// What a worker may use.
#[derive(Debug, Clone, Copy)]
pub(super) struct Allowance {
    /// Memory that is in RAM, shared libraries included.
    pub(super) memory: ByteSize,
    /// Threads, those of its libraries included.
    pub(super) threads: usize,
}

/// What a worker had too much of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Excess {
    /// More memory than this.
    Memory(ByteSize),
    /// More threads than this.
    Threads(usize),
}

/// Waits until the process uses more than it may, and notes what it holds.
pub(super) async fn excess(process: Option<u32>, allowed: Allowance, gauge: &mut WorkerGauge) -> Excess {
    let Some(process) = process else { return std::future::pending().await };
    let path = format!("/proc/{process}/stat");
    loop {
        tokio::time::sleep(INTERVAL).await;
        let Some(used) = fs::read_to_string(&path).ok().and_then(|stat| used(&stat)) else { continue };
        gauge.resident(used.memory);
        if let Some(excess) = over(used, allowed) {
            return excess;
        }
    }
}

/// What a process uses: bytes in RAM, and threads.
#[derive(Debug, Clone, Copy)]
struct Used {
    memory: u64,
    threads: u64,
}

/// By proc(5): the name in parentheses may hold anything, so what counts is behind the last one. There the 18th field
/// is the number of threads, and the 22nd the resident pages.
fn used(stat: &str) -> Option<Used> {
    let (_, fields) = stat.rsplit_once(')')?;
    let field = |index| fields.split_whitespace().nth(index)?.parse::<u64>().ok();
    let memory = field(21)?.saturating_mul(rustix::param::page_size() as u64);
    Some(Used { memory, threads: field(17)? })
}

fn over(used: Used, allowed: Allowance) -> Option<Excess> {
    if used.memory > allowed.memory.bytes() {
        return Some(Excess::Memory(allowed.memory));
    }
    (used.threads > allowed.threads as u64).then_some(Excess::Threads(allowed.threads))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn what_this_process_uses_is_found_whatever_its_name_holds() {
        let stat = fs::read_to_string("/proc/self/stat").unwrap();
        let (head, fields) = stat.rsplit_once(')').unwrap();
        let used = used(&format!("{head} 1 (2) 3){fields}")).unwrap();
        let much = Allowance { memory: ByteSize::mib(1 << 20), threads: 10_000 };
        assert_eq!(over(used, much), None);
        let memory = ByteSize::kib(64);
        assert_eq!(over(used, Allowance { memory, ..much }), Some(Excess::Memory(memory)));
        assert_eq!(over(used, Allowance { threads: 0, ..much }), Some(Excess::Threads(0)));
    }
}
