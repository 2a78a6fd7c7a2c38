//! What a driver tries beyond its sandbox is refused by the kernel, whoever the host runs as.
//!
//! Each attempt is Python that must end in an `OSError`; its control is the same kind of code where it is allowed,
//! so that no attempt fails for another reason. What would harm an unsandboxed machine has no control outside.

use serde_json::json;

use crate::stage::{Stage, ask};
use crate::support::host::Host;

/// What attempts share: `call` makes a system call by its number on this machine, and raises what the kernel says.
const TOOLS: &str = "
import ctypes, errno, os, platform, shutil, socket, struct, tempfile, threading
libc = ctypes.CDLL(None, use_errno=True)
arm = platform.machine() == 'aarch64'
def call(numbers, *arguments):
    number = numbers[1 if arm else 0]
    result = libc.syscall(ctypes.c_long(number), *[a if isinstance(a, bytes) else ctypes.c_long(a) for a in arguments])
    if result == -1:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result
def attempt(source, host):
    try:
        exec(source, dict(globals(), host=host))
        return 'allowed'
    except OSError as error:
        return 'refused: ' + errno.errorcode.get(error.errno, str(error))
    except BaseException as error:
        return 'other: ' + repr(error)
class Driver:
    name = 'lab'
    def get_devices(self):
        return [{'device_id': 'py:a', 'capabilities': {'max_qubits': 5}}]
    def execute_circuit(self, device_id, circuit, shots, options):
        tries = sorted(key for key in options if key.startswith('try.'))
        seen = {key[4:]: attempt(options[key], int(options['host'])) for key in tries}
        seen['environment'] = ' '.join(sorted(os.environ))
        seen['user'] = str(os.getuid())
        return {'01': shots}, 0.001, seen
";

/// What must be refused, by name.
fn attempts(stage: &Stage, port: u16) -> Vec<(&'static str, String)> {
    let of = |text: &str| text.to_owned();
    let here = stage.folder().display().to_string();
    vec![
        ("passwords", of("open('/etc/shadow').read()")),
        ("users", of("open('/etc/passwd').read()")),
        ("root folder", of("os.listdir('/')")),
        ("temporary folder", of("os.listdir('/tmp')")),
        ("other processes", of("open(f'/proc/{host}/status').read()")),
        ("own memory file", of("open('/proc/self/mem', 'r+b')")),
        ("host environment", of("open(f'/proc/{host}/environ', 'rb').read()")),
        ("host program", of("os.readlink(f'/proc/{host}/exe')")),
        ("loopback", format!("socket.create_connection(('127.0.0.1', {port}))")),
        ("datagram", of("socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 9))")),
        ("six", of("socket.socket(socket.AF_INET6, socket.SOCK_STREAM)")),
        ("raw packets", of("socket.socket(socket.AF_PACKET, socket.SOCK_RAW)")),
        ("netlink", of("socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)")),
        ("unix path", of("socket.socket(socket.AF_UNIX).connect('/run/systemd/notify')")),
        ("unix abstract", of("socket.socket(socket.AF_UNIX).connect(b'\\0eigen')")),
        ("datagram pair", of("socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)")),
        ("reconnect pair", of("socket.socketpair()[0].connect(b'\\0eigen')")),
        ("fork", of("os._exit(0) if os.fork() == 0 else None")),
        ("vfork", of("call((58, 1079), 0)")),
        ("clone", of("call((56, 220), 17, 0, 0, 0, 0)")),
        ("clone3", of("call((435, 435), 0, 0)")),
        ("spawn", of("os.posix_spawn('/bin/true', ['true'], {})")),
        ("exec", of("os.execv('/bin/true', ['true'])")),
        ("exec interpreter", of("import sys; os.execv(sys.executable, ['python', '-c', ''])")),
        ("exec descriptor", of("call((322, 281), os.open('/dev/null', os.O_RDONLY), b'', 0, 0, 0x1000)")),
        ("memory file", of("os.memfd_create('x')")),
        ("ptrace", of("call((101, 117), 16, host, 0, 0)")),
        ("read memory", of("call((310, 270), host, 0, 0, 0, 0, 0)")),
        ("write memory", of("call((311, 271), host, 0, 0, 0, 0, 0)")),
        ("process descriptor", of("call((434, 434), host, 0)")),
        ("signal host", of("os.kill(host, 0)")),
        ("signal all", of("os.kill(-1, 0)")),
        ("signal group", of("os.kill(0, 0)")),
        ("thread signal", of("call((234, 131), host, host, 0)")),
        ("queued signal", of("call((129, 138), host, 0, 0)")),
        ("signal by file", of("import fcntl; fcntl.fcntl(os.pipe()[0], fcntl.F_SETOWN, host)")),
        ("limits of host", of("import resource; resource.prlimit(host, resource.RLIMIT_NOFILE, (1, 1))")),
        ("priority of host", of("os.setpriority(os.PRIO_PROCESS, host, 19)")),
        ("processors of host", of("os.sched_setaffinity(host, {0})")),
        ("death signal", of("call((157, 167), 1, 0, 0, 0, 0)")),
        ("plugin folder", format!("open({here:?} + '/lab/new.py', 'w')")),
        ("standard library", of("open(os.path.dirname(os.__file__) + '/new.py', 'w')")),
        ("write temporary", of("open('/tmp/eigen-escape', 'w')")),
        (
            "symbolic link",
            of(
                "os.symlink('/etc/passwd', os.environ['TMPDIR'] + '/s'); open(os.environ['TMPDIR'] + '/s').read()",
            ),
        ),
        ("parent", of("open(os.environ['TMPDIR'] + '/../../../etc/passwd').read()")),
        ("hard link", of("os.link('/etc/passwd', os.environ['TMPDIR'] + '/h')")),
        ("rename in", of("os.rename('/etc/hostname', os.environ['TMPDIR'] + '/r')")),
        ("remove", of("os.unlink('/etc/hostname')")),
        ("truncate", of("os.truncate('/etc/hostname', 0)")),
        ("owner", of("os.chown(os.environ['TMPDIR'], 0, 0)")),
        ("attribute", of("os.setxattr(os.environ['TMPDIR'], 'user.x', b'x')")),
        ("device node", of("os.mknod(os.environ['TMPDIR'] + '/n', 0o020666, os.makedev(1, 1))")),
        ("become root", of("os.setuid(0)")),
        ("groups", of("os.setgroups([0])")),
        ("session", of("os.setsid()")),
        ("mount", of("call((165, 40), b'none', b'/mnt', b'tmpfs', 0, 0)")),
        ("unmount", of("call((166, 39), b'/nonexistent', 0)")),
        ("change root", of("os.chroot('/tmp')")),
        ("unshare", of("call((272, 97), 0x10000000)")),
        ("namespace", of("call((308, 268), 0, 0)")),
        ("io_uring", of("call((425, 425), 1, 0)")),
        ("keys", of("call((250, 219), 0, 0, 0)")),
        ("add key", of("call((248, 217), b'user', b'x', b'x', 1, -3)")),
        ("bpf", of("call((321, 280), 0, 0, 0)")),
        ("performance", of("call((298, 241), 0, 0, -1, -1, 0)")),
        ("page faults", of("call((323, 282), 0)")),
        ("shared memory", of("call((29, 194), 0, 4096, 0o1000)")),
        ("modules", of("call((313, 273), 0, b'', 0)")),
        ("handles", of("call((304, 265), -100, 0, 0)")),
        ("host name", of("call((170, 161), b'x', 1)")),
        ("clock", of("call((227, 112), 0, 0)")),
        ("big file", of("f = open(os.environ['TMPDIR'] + '/big', 'wb'); f.truncate(1 << 40)")),
        ("many files", of("held = [os.pipe() for _ in range(100000)]")),
    ]
}

/// What a driver may do, so that the attempts fail for no other reason.
const CONTROLS: &[(&str, &str)] = &[
    ("read a library", "open(os.__file__).read()"),
    ("read memory sizes", "open('/proc/meminfo').read(); open('/proc/cpuinfo').read()"),
    ("randomness", "open('/dev/urandom', 'rb').read(8); os.urandom(8)"),
    ("nothing", "open('/dev/null', 'w').write('x')"),
    (
        "write and read",
        "p = tempfile.mkstemp()[1]; open(p, 'w').write('x'); assert open(p).read() == 'x'; os.unlink(p)",
    ),
    ("folders", "p = tempfile.mkdtemp(); os.rename(p, p + 'x'); shutil.rmtree(p + 'x')"),
    ("link inside", "p = os.environ['TMPDIR']; os.symlink(p, p + '/l'); os.listdir(p + '/l')"),
    ("copy", "p = tempfile.mkstemp()[1]; shutil.copy2(p, p + 'x'); os.chmod(p, 0o600); os.utime(p)"),
    ("pair", "a, b = socket.socketpair(); a.send(b'x'); assert b.recv(1) == b'x'"),
    ("pipe", "r, w = os.pipe(); os.write(w, b'x'); assert os.read(r, 1) == b'x'"),
    ("thread", "t = threading.Thread(target=int); t.start(); t.join()"),
    ("signal itself", "os.kill(os.getpid(), 0)"),
    ("own limits", "import resource; resource.getrlimit(resource.RLIMIT_NOFILE)"),
    ("processors", "os.sched_getaffinity(0); os.cpu_count()"),
    ("loop", "import asyncio; asyncio.new_event_loop().run_until_complete(asyncio.sleep(0))"),
];

async fn tried(host: &Host, tries: &[(&str, String)]) -> std::collections::HashMap<String, String> {
    let id = host.id().to_string();
    let named: Vec<_> = tries.iter().map(|(name, source)| (format!("try.{name}"), source.as_str())).collect();
    let mut options: Vec<_> = named.iter().map(|(name, source)| (name.as_str(), *source)).collect();
    options.push(("host", &id));
    ask(&host.client().await, &options).await.unwrap().metadata
}

#[tokio::test]
async fn every_attempt_to_get_out_is_refused_and_what_a_driver_needs_is_allowed() {
    let stage = Stage::new(json!({ "drivers": { "lab": { "limits": { "memory": "256MiB" } } } }));
    stage.install_file("1.0.0", TOOLS);
    let mut host = stage.start().await;
    let controls: Vec<_> = CONTROLS.iter().map(|(name, source)| (*name, (*source).to_owned())).collect();
    let seen = tried(&host, &controls).await;
    let refused: Vec<_> = CONTROLS
        .iter()
        .filter(|(name, _)| seen[*name] != "allowed")
        .map(|(name, _)| (name, &seen[*name]))
        .collect();
    assert!(refused.is_empty(), "{refused:?}");

    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let attempts = attempts(&stage, listener.local_addr().unwrap().port());
    let seen = tried(&host, &attempts).await;
    let how = ["EPERM", "EACCES", "ENOSYS", "EXDEV", "EFBIG", "EMFILE"];
    let refused = |said: &str| said.strip_prefix("refused: ").is_some_and(|error| how.contains(&error));
    let through: Vec<_> = attempts.iter().filter(|(name, _)| !refused(&seen[*name])).collect();
    let through: Vec<_> = through.iter().map(|(name, _)| (name, &seen[*name])).collect();
    assert!(through.is_empty(), "{through:?}");
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err(), "somebody has connected");

    // Nothing of the host's environment but language and time, and the folder.
    let known = ["HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TZ"];
    assert!(seen["environment"].split(' ').all(|name| known.contains(&name)), "{}", seen["environment"]);
    let ours = rustix::process::getuid();
    assert_eq!(seen["user"], if ours.is_root() { "65534".to_owned() } else { ours.as_raw().to_string() });
    host.stop().await;
}

#[tokio::test]
async fn a_worker_has_no_capability_no_way_to_get_one_and_its_filters_around_it() {
    let stage = Stage::new(json!({}));
    stage.install("1.0.0", "def", "");
    let host = stage.start().await;
    let worker = crate::stage::worker(&ask(&host.client().await, &[]).await.unwrap());
    let status = std::fs::read_to_string(format!("/proc/{worker}/status")).unwrap();
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.unwrap_or_else(|| panic!("no {name}")).trim().to_owned()
    };
    for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
        assert_eq!(field(set), "0000000000000000", "{set}");
    }
    assert_eq!(field("NoNewPrivs"), "1");
    // The launcher's three, and the worker's own against exec.
    assert_eq!((field("Seccomp").as_str(), field("Seccomp_filters").as_str()), ("2", "4"));
    if rustix::process::getuid().is_root() {
        assert_eq!(field("Uid").split_whitespace().collect::<Vec<_>>(), ["65534"; 4]);
        assert_eq!(field("Groups"), "");
    }
    let limits = std::fs::read_to_string(format!("/proc/{worker}/limits")).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert!(core.contains(" 0 "), "{core}");
}
