//! What a worker really uses, looked at from outside: limits of the kernel count memory that is merely reserved.

use std::fs;
use std::time::Duration;

use crate::config::ByteSize;

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

/// Waits until the process uses more than it may.
pub(super) async fn excess(process: Option<u32>, allowed: Allowance) -> Excess {
    let Some(process) = process else { return std::future::pending().await };
    let path = format!("/proc/{process}/stat");
    loop {
        tokio::time::sleep(INTERVAL).await;
        let found = fs::read_to_string(&path).ok().and_then(|stat| over(&stat, allowed));
        if let Some(excess) = found {
            return excess;
        }
    }
}

/// By proc(5): the name in parentheses may hold anything, so what counts is behind the last one. There the 18th field
/// is the number of threads, and the 22nd the resident pages.
fn over(stat: &str, allowed: Allowance) -> Option<Excess> {
    let (_, fields) = stat.rsplit_once(')')?;
    let field = |index| fields.split_whitespace().nth(index)?.parse::<u64>().ok();
    let (threads, pages) = (field(17)?, field(21)?);
    if pages.saturating_mul(rustix::param::page_size() as u64) > allowed.memory.bytes() {
        return Some(Excess::Memory(allowed.memory));
    }
    (threads > allowed.threads as u64).then_some(Excess::Threads(allowed.threads))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn what_this_process_uses_is_found_whatever_its_name_holds() {
        let stat = fs::read_to_string("/proc/self/stat").unwrap();
        let (head, fields) = stat.rsplit_once(')').unwrap();
        let stat = format!("{head} 1 (2) 3){fields}");
        let much = Allowance { memory: ByteSize::mib(1 << 20), threads: 10_000 };
        assert_eq!(over(&stat, much), None);
        let memory = ByteSize::kib(64);
        assert_eq!(over(&stat, Allowance { memory, ..much }), Some(Excess::Memory(memory)));
        assert_eq!(over(&stat, Allowance { threads: 0, ..much }), Some(Excess::Threads(0)));
    }
}
