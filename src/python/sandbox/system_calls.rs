//! Which system calls a worker may make: those that are listed, and of them only what is harmless to others.
//!
//! What is not listed does not exist for the worker (ENOSYS), so libraries take the way that older kernels know:
//! `clone3`, whose flags a filter cannot read, becomes `clone`, which makes threads only. What would reach beyond the
//! worker is refused by name (EPERM), so that a driver's error says what it is. Modes and times of files are not
//! changed, and the calls say that they were (0): as the kernel has no rule for them by path, a worker could otherwise
//! change those of any file of its user's, and `shutil.copy` needs them to succeed.

use std::collections::BTreeMap;

use libc::c_long;
use seccompiler::SeccompCmpArgLen::Dword;
use seccompiler::SeccompCmpOp::{Eq, MaskedEq, Ne};
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};

use super::policy::Network;

type Rules = BTreeMap<c_long, Vec<SeccompRule>>;

/// The filters, in the order in which they are to be installed: of two refusals, the later one's error counts.
///
/// # Errors
/// On a processor that filters cannot be made for.
pub(super) fn filters(network: Network, own: u32) -> Result<[BpfProgram; 3], BackendError> {
    let none = SeccompAction::Errno(libc::ENOSYS.unsigned_abs());
    let refuse = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    let pretend = SeccompAction::Errno(0);
    Ok([
        compile(allowed(network, own)?, none, SeccompAction::Allow)?,
        compile(refused(own)?, SeccompAction::Allow, refuse)?,
        compile(whole(PRETENDED), SeccompAction::Allow, pretend)?,
    ])
}

fn compile(rules: Rules, otherwise: SeccompAction, then: SeccompAction) -> Result<BpfProgram, BackendError> {
    SeccompFilter::new(rules, otherwise, then, std::env::consts::ARCH.try_into()?)?.try_into()
}

fn whole(calls: &[c_long]) -> Rules {
    calls.iter().map(|call| (*call, Vec::new())).collect()
}

/// All of these must hold. Each: argument, comparison, value.
fn when(conditions: &[(u8, SeccompCmpOp, u64)]) -> Result<SeccompRule, BackendError> {
    let conditions = conditions
        .iter()
        .map(|(argument, how, value)| SeccompCondition::new(*argument, Dword, how.clone(), *value));
    SeccompRule::new(conditions.collect::<Result<_, _>>()?)
}

/// Any of these values of one argument.
fn any(argument: u8, values: &[u64]) -> Result<Vec<SeccompRule>, BackendError> {
    values.iter().map(|value| when(&[(argument, Eq, *value)])).collect()
}

const fn bits(flags: i32) -> u64 {
    flags as u32 as u64
}

fn allowed(network: Network, own: u32) -> Result<Rules, BackendError> {
    let mut rules = whole(HARMLESS);
    #[cfg(target_arch = "x86_64")]
    rules.extend(whole(HARMLESS_OLD));
    let own = u64::from(own);
    // Threads of this process; no process, and no namespace.
    let namespaces = bits(
        libc::CLONE_NEWNS
            | libc::CLONE_NEWCGROUP
            | libc::CLONE_NEWUTS
            | libc::CLONE_NEWIPC
            | libc::CLONE_NEWUSER
            | libc::CLONE_NEWPID
            | libc::CLONE_NEWNET,
    );
    let thread = bits(libc::CLONE_THREAD);
    rules.insert(libc::SYS_clone, vec![when(&[(0, MaskedEq(namespaces | thread), thread)])?]);
    for call in [libc::SYS_kill, libc::SYS_tgkill, libc::SYS_rt_sigqueueinfo, libc::SYS_rt_tgsigqueueinfo] {
        rules.insert(call, any(0, &[own])?);
    }
    for call in [libc::SYS_prlimit64, libc::SYS_sched_setaffinity] {
        rules.insert(call, any(0, &[0, own])?);
    }
    rules.insert(libc::SYS_prctl, any(0, PROCESS_OPTIONS)?);
    rules.insert(libc::SYS_ioctl, any(1, DEVICE_REQUESTS)?);
    rules.insert(libc::SYS_fcntl, any(1, DESCRIPTOR_REQUESTS)?);
    // Datagram sockets of a pair could still send to any socket with a name.
    let kind = (1, MaskedEq(0xf), bits(libc::SOCK_STREAM));
    rules.insert(libc::SYS_socketpair, vec![when(&[(0, Eq, bits(libc::AF_UNIX)), kind.clone()])?]);
    // A first packet with data connects on its way, and no rule about connecting is asked.
    let fast_open = bits(libc::MSG_FASTOPEN);
    let nowhere = (4, Eq, 0);
    let slow = |argument| (argument, MaskedEq(fast_open), 0);
    rules.insert(libc::SYS_sendto, vec![when(&[slow(3), nowhere])?]);
    rules.insert(libc::SYS_sendmsg, vec![when(&[slow(2)])?]);
    if let Network::Proxy { .. } = network {
        // TCP alone: protocols beside it are not under Landlock's rule about ports.
        let protocols = [0, bits(libc::IPPROTO_TCP)];
        let socket =
            protocols.map(|protocol| when(&[(0, Eq, bits(libc::AF_INET)), kind.clone(), (2, Eq, protocol)]));
        rules.insert(libc::SYS_socket, socket.into_iter().collect::<Result<_, _>>()?);
        rules.insert(libc::SYS_connect, Vec::new());
    }
    Ok(rules)
}

fn refused(own: u32) -> Result<Rules, BackendError> {
    let mut rules = whole(HARMFUL);
    #[cfg(target_arch = "x86_64")]
    rules.extend(whole(HARMFUL_OLD));
    for call in [libc::SYS_kill, libc::SYS_tgkill] {
        rules.insert(call, vec![when(&[(0, Ne, u64::from(own))])?]);
    }
    let thread = bits(libc::CLONE_THREAD);
    rules.insert(libc::SYS_clone, vec![when(&[(0, MaskedEq(thread), 0)])?]);
    Ok(rules)
}

/// Options of `prctl`: names of threads and of memory, questions, and giving up more.
const PROCESS_OPTIONS: &[u64] = &[
    bits(libc::PR_SET_NAME),
    bits(libc::PR_GET_NAME),
    bits(libc::PR_GET_DUMPABLE),
    bits(libc::PR_CAPBSET_READ),
    bits(libc::PR_GET_NO_NEW_PRIVS),
    bits(libc::PR_SET_NO_NEW_PRIVS),
    bits(libc::PR_GET_SECCOMP),
    bits(libc::PR_SET_SECCOMP),
    bits(libc::PR_GET_TIMERSLACK),
    0x5356_4d41, // PR_SET_VMA
];

/// Requests of `ioctl`: about waiting bytes, waiting at all, closing on exec, and whether it is a terminal.
const DEVICE_REQUESTS: &[u64] =
    &[libc::FIONREAD, libc::FIONBIO, libc::FIOCLEX, libc::FIONCLEX, libc::TCGETS, libc::TIOCGWINSZ];

/// Requests of `fcntl`: none that has the kernel send signals, or tell what others do to a file.
const DESCRIPTOR_REQUESTS: &[u64] = &[
    bits(libc::F_DUPFD),
    bits(libc::F_DUPFD_CLOEXEC),
    bits(libc::F_GETFD),
    bits(libc::F_SETFD),
    bits(libc::F_GETFL),
    bits(libc::F_SETFL),
    bits(libc::F_GETLK),
    bits(libc::F_SETLK),
    bits(libc::F_SETLKW),
    bits(libc::F_OFD_GETLK),
    bits(libc::F_OFD_SETLK),
    bits(libc::F_OFD_SETLKW),
    bits(libc::F_GETPIPE_SZ),
];

/// Calls that say yes and do nothing.
const PRETENDED: &[c_long] = &[
    #[cfg(target_arch = "x86_64")]
    libc::SYS_chmod,
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    libc::SYS_fchmodat2,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_utime,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_utimes,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_futimesat,
    libc::SYS_utimensat,
];

/// Calls that cannot reach beyond the process, or that Landlock and the user's rights bound.
const HARMLESS: &[c_long] = &[
    // Files.
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_readv,
    libc::SYS_writev,
    libc::SYS_pread64,
    libc::SYS_pwrite64,
    libc::SYS_preadv,
    libc::SYS_pwritev,
    libc::SYS_preadv2,
    libc::SYS_pwritev2,
    libc::SYS_openat,
    libc::SYS_openat2,
    libc::SYS_close,
    libc::SYS_close_range,
    libc::SYS_lseek,
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_statfs,
    libc::SYS_fstatfs,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_readlinkat,
    libc::SYS_getdents64,
    libc::SYS_getcwd,
    libc::SYS_chdir,
    libc::SYS_fchdir,
    libc::SYS_mkdirat,
    libc::SYS_unlinkat,
    libc::SYS_renameat,
    libc::SYS_renameat2,
    libc::SYS_linkat,
    libc::SYS_symlinkat,
    libc::SYS_truncate,
    libc::SYS_ftruncate,
    libc::SYS_fallocate,
    libc::SYS_fsync,
    libc::SYS_fdatasync,
    libc::SYS_fadvise64,
    libc::SYS_readahead,
    libc::SYS_flock,
    libc::SYS_dup,
    libc::SYS_dup3,
    libc::SYS_umask,
    libc::SYS_sendfile,
    libc::SYS_copy_file_range,
    libc::SYS_getxattr,
    libc::SYS_lgetxattr,
    libc::SYS_fgetxattr,
    libc::SYS_listxattr,
    libc::SYS_llistxattr,
    libc::SYS_flistxattr,
    libc::SYS_sync_file_range,
    // Memory.
    libc::SYS_brk,
    libc::SYS_mmap,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_mprotect,
    libc::SYS_madvise,
    libc::SYS_msync,
    libc::SYS_mincore,
    libc::SYS_mlock,
    libc::SYS_munlock,
    libc::SYS_pkey_alloc,
    libc::SYS_pkey_free,
    libc::SYS_pkey_mprotect,
    libc::SYS_get_mempolicy,
    libc::SYS_membarrier,
    // Threads, and what a process knows of itself.
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_futex,
    libc::SYS_futex_waitv,
    libc::SYS_set_robust_list,
    libc::SYS_get_robust_list,
    libc::SYS_set_tid_address,
    libc::SYS_rseq,
    libc::SYS_gettid,
    libc::SYS_getpid,
    libc::SYS_getppid,
    libc::SYS_getpgid,
    libc::SYS_getsid,
    libc::SYS_getuid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getegid,
    libc::SYS_getresuid,
    libc::SYS_getresgid,
    libc::SYS_getgroups,
    libc::SYS_capget,
    libc::SYS_getrusage,
    libc::SYS_getpriority,
    libc::SYS_times,
    libc::SYS_sysinfo,
    libc::SYS_uname,
    libc::SYS_getcpu,
    libc::SYS_getrandom,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_getparam,
    libc::SYS_sched_getscheduler,
    libc::SYS_sched_get_priority_max,
    libc::SYS_sched_get_priority_min,
    libc::SYS_wait4,
    libc::SYS_waitid,
    libc::SYS_seccomp,
    // Until the worker gives it up.
    libc::SYS_execve,
    // Signals to itself.
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_rt_sigpending,
    libc::SYS_rt_sigsuspend,
    libc::SYS_rt_sigtimedwait,
    libc::SYS_sigaltstack,
    libc::SYS_restart_syscall,
    libc::SYS_signalfd4,
    // Time.
    libc::SYS_clock_gettime,
    libc::SYS_clock_getres,
    libc::SYS_clock_nanosleep,
    libc::SYS_nanosleep,
    libc::SYS_gettimeofday,
    libc::SYS_getitimer,
    libc::SYS_setitimer,
    libc::SYS_timer_create,
    libc::SYS_timer_settime,
    libc::SYS_timer_gettime,
    libc::SYS_timer_getoverrun,
    libc::SYS_timer_delete,
    libc::SYS_timerfd_create,
    libc::SYS_timerfd_settime,
    libc::SYS_timerfd_gettime,
    // Waiting, and the sockets that it has.
    libc::SYS_ppoll,
    libc::SYS_pselect6,
    libc::SYS_epoll_create1,
    libc::SYS_epoll_ctl,
    libc::SYS_epoll_pwait,
    libc::SYS_epoll_pwait2,
    libc::SYS_eventfd2,
    libc::SYS_pipe2,
    libc::SYS_recvfrom,
    libc::SYS_recvmsg,
    libc::SYS_shutdown,
    libc::SYS_getsockname,
    libc::SYS_getpeername,
    libc::SYS_getsockopt,
    libc::SYS_setsockopt,
];

/// The same in the words of older programs.
#[cfg(target_arch = "x86_64")]
const HARMLESS_OLD: &[c_long] = &[
    libc::SYS_open,
    libc::SYS_creat,
    libc::SYS_stat,
    libc::SYS_lstat,
    libc::SYS_access,
    libc::SYS_readlink,
    libc::SYS_getdents,
    libc::SYS_mkdir,
    libc::SYS_rmdir,
    libc::SYS_unlink,
    libc::SYS_rename,
    libc::SYS_link,
    libc::SYS_symlink,
    libc::SYS_dup2,
    libc::SYS_pipe,
    libc::SYS_poll,
    libc::SYS_select,
    libc::SYS_epoll_create,
    libc::SYS_epoll_wait,
    libc::SYS_eventfd,
    libc::SYS_signalfd,
    libc::SYS_alarm,
    libc::SYS_pause,
    libc::SYS_time,
    libc::SYS_getrlimit,
    libc::SYS_getpgrp,
    libc::SYS_arch_prctl,
];

/// Calls that would reach beyond the process: refused by their names.
const HARMFUL: &[c_long] = &[
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_sendmmsg,
    libc::SYS_execveat,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_process_mrelease,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_getfd,
    libc::SYS_pidfd_send_signal,
    libc::SYS_kcmp,
    libc::SYS_tkill,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_fsopen,
    libc::SYS_fsmount,
    libc::SYS_fsconfig,
    libc::SYS_fspick,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_mount_setattr,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_memfd_create,
    libc::SYS_memfd_secret,
    libc::SYS_setuid,
    libc::SYS_setgid,
    libc::SYS_setreuid,
    libc::SYS_setregid,
    libc::SYS_setresuid,
    libc::SYS_setresgid,
    libc::SYS_setgroups,
    libc::SYS_capset,
    libc::SYS_setsid,
    libc::SYS_setpgid,
    libc::SYS_setpriority,
    libc::SYS_ioprio_set,
    libc::SYS_sched_setscheduler,
    libc::SYS_sched_setparam,
    libc::SYS_sched_setattr,
    libc::SYS_mknodat,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    libc::SYS_fremovexattr,
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
    libc::SYS_fanotify_init,
    libc::SYS_quotactl,
    libc::SYS_shmget,
    libc::SYS_semget,
    libc::SYS_msgget,
    libc::SYS_mq_open,
    libc::SYS_personality,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_kexec_file_load,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_acct,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_adjtimex,
    libc::SYS_syslog,
    libc::SYS_vhangup,
    libc::SYS_splice,
    libc::SYS_vmsplice,
    libc::SYS_tee,
];

/// The same in the words of older programs.
#[cfg(target_arch = "x86_64")]
const HARMFUL_OLD: &[c_long] = &[
    libc::SYS_fork,
    libc::SYS_vfork,
    libc::SYS_mknod,
    libc::SYS_chown,
    libc::SYS_lchown,
    libc::SYS_iopl,
    libc::SYS_ioperm,
    libc::SYS_modify_ldt,
];

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn no_call_is_in_two_lists_and_the_filters_fit_into_the_kernel() {
        let allowed = allowed(Network::Proxy { port: 1 }, 1).unwrap();
        for (call, conditions) in refused(1).unwrap() {
            assert!(!conditions.is_empty() || !allowed.contains_key(&call), "{call}");
        }
        assert!(PRETENDED.iter().all(|call| !allowed.contains_key(call)));
        for network in [Network::None, Network::Proxy { port: 1 }] {
            assert!(filters(network, 1).unwrap().iter().all(|filter| filter.len() < 4096));
        }
    }
}
