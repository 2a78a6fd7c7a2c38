"""A driver that does what its caller's options say, and tells what came of it. Of the standard library alone."""

import base64
import errno
import logging
import os
import socket
import sys
import urllib.error
import urllib.parse
import urllib.request


def fetch(url, method="GET"):
    """As any client does that takes its proxy and its certificates from the environment."""
    request = urllib.request.Request(url, method=method)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return {"status": str(answer.status), "text": answer.read().decode()}
    except urllib.error.HTTPError as error:
        return {"status": str(error.code), "text": error.read().decode()}
    except OSError as error:
        return {"error": str(error)}


class Tunnel:
    """A tunnel by hand; `status` is the proxy's."""

    def __init__(self, target, credential=None):
        proxy = urllib.parse.urlsplit(os.environ["HTTPS_PROXY"])
        given = credential or f"{proxy.username}:{proxy.password}"
        self.socket = socket.create_connection((proxy.hostname, proxy.port), timeout=20)
        head = f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n"
        head += f"Proxy-Authorization: Basic {base64.b64encode(given.encode()).decode()}\r\n\r\n"
        self.socket.sendall(head.encode())
        self.head = self.socket.recv(4096).decode()
        self.status = self.head.split(" ")[1]


def past(host, port):
    """Ways out that are not the proxy, and what the kernel says to each."""
    other = int(os.environ["HTTPS_PROXY"].rsplit(":", 1)[1])
    ways = {
        "connect": lambda: socket.create_connection((host, port), timeout=5),
        "connect_6": lambda: socket.create_connection(("::1", other), timeout=5),
        "datagram": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
        "local": lambda: socket.socket(socket.AF_UNIX).connect("/run/none"),
        "listen": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM).bind(("127.0.0.1", 0)),
    }
    said = {}
    for name, way in ways.items():
        try:
            way()
            said[name] = "allowed"
        except OSError as error:
            said[name] = errno.errorcode.get(error.errno, str(error))
    return said


class Driver:
    name = "lab"

    def initialize(self, config):
        self.config = config

    def get_devices(self):
        return [{"device_id": "py:a", "capabilities": {"max_qubits": 5, "idempotent": True}}]

    def healthcheck(self):
        return {"ready": True, "reason": "", "details": {"key": self.config.get("key", "")}}

    def execute_circuit(self, device_id, circuit, shots, options):
        seen = {"pid": str(os.getpid())}
        if "fetch" in options:
            seen.update(fetch(options["fetch"], options.get("method", "GET")))
        if "past" in options:
            host, port = options["past"].rsplit(":", 1)
            seen.update(past(host, int(port)))
        if "tunnel" in options:
            tunnel = Tunnel(options["tunnel"], options.get("credential"))
            seen["status"] = tunnel.status
            if "second" in options:
                seen["second"] = Tunnel(options["tunnel"]).status
            if "wait" in options:
                seen["rest"] = repr(tunnel.socket.recv(1))
            tunnel.socket.close()
        if "has" in options:
            seen["has"] = str(self.config.get("key") == options["has"])
            seen["environment"] = str(any(options["has"] in value for value in os.environ.values()))
        if "blab" in options:
            key = self.config["key"]
            print("printed", key)
            print("printed too", key, file=sys.stderr)
            logging.getLogger("lab").warning("logged %s", urllib.parse.quote(key, safe=""))
            if options["blab"] == "fail":
                raise RuntimeError(f"failed with {key}")
            if options["blab"] == "refuse":
                raise ValueError(f"refused with {key}")
            seen["blabbed"] = key
        return {"01": shots}, 0.001, seen
