"""What a daemon's sinks talk to: collectors of syslog, and a web server that misbehaves when told to."""

import http.server
import os
import re
import socket
import socketserver
import ssl
import subprocess
import threading

# RFC 5424, section 6: header, structured data, and a message that is marked as UTF-8.
NAME = r'[!#-<>-\\^-~]{1,32}'
PARAM = rf'{NAME}="(?:[^"\\\]]|\\["\\\]])*"'
MESSAGE = re.compile(
    r"<(?P<priority>\d{1,3})>1 (?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,6}Z) (?P<host>[!-~]{1,255}) (?P<app>[!-~]{1,48}) "
    rf"(?P<process>[!-~]{{1,128}}) (?P<kind>[!-~]{{1,32}}) \[(?P<id>{NAME})(?P<data>(?: {PARAM})*)\] \ufeff(?P<text>.*)",
    re.DOTALL)


def parse_syslog(octets):
    """Its fields, `data` as a dict, `severity`; an AssertionError if it is not of the grammar."""
    match = MESSAGE.fullmatch(octets.decode("utf-8"))
    if not match:
        raise AssertionError(f"no message of RFC 5424: {octets!r}")
    out = match.groupdict()
    params = re.findall(r' ([^=]+)="((?:[^"\\\]]|\\.)*)"', out["data"])
    out["data"] = {name: re.sub(r'\\(["\\\]])', r"\1", value) for name, value in params}
    out["severity"] = int(out["priority"]) % 8
    return out


class Syslog:
    """A collector on `address`; `messages` as they came."""

    def __init__(self, kind, where=None):
        self.octets = []
        self._clients = []
        family = socket.AF_UNIX if kind == "unix" else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(str(where) if kind == "unix" else ("127.0.0.1", where or 0))
        if kind == "unix":
            self.address = f"unix://{where}"
        else:
            self.port = self._socket.getsockname()[1]
            self.address = f"{kind}://127.0.0.1:{self.port}"
        if kind == "tcp":
            self._socket.listen()
        threading.Thread(target=self._accept if kind == "tcp" else self._datagrams, daemon=True).start()

    def _datagrams(self):
        while True:
            try:
                self.octets.append(self._socket.recv(65536))
            except OSError:
                return

    def _accept(self):
        while True:
            try:
                client = self._socket.accept()[0]
            except OSError:
                return
            self._clients.append(client)
            threading.Thread(target=self._frames, args=(client,), daemon=True).start()

    def _frames(self, client):
        """RFC 6587, octet counting."""
        with client, client.makefile("rb") as stream:
            while True:
                length = b""
                while not length.endswith(b" "):
                    octet = stream.read(1)
                    if not octet:
                        return
                    length += octet
                message = stream.read(int(length))
                if len(message) != int(length):
                    return
                self.octets.append(message)

    @property
    def messages(self):
        return [parse_syslog(each) for each in list(self.octets)]

    def hang_up(self):
        """Ends the connections that there are; others are taken."""
        while self._clients:
            _end(self._clients.pop())

    def close(self):
        _end(self._socket)
        self._socket.close()
        self.hang_up()


def _end(connection):
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # it has ended


class Web:
    """A web server. `behave(n, handler)` answers request number n; by default 204. `requests` are (headers, body)."""

    def __init__(self, behave=None, context=None):
        self.requests = []
        self.lock = threading.Lock()
        self.released = threading.Event()  # what hangs hangs until then
        web = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with web.lock:
                    web.requests.append((self.headers, body))
                    n = len(web.requests) - 1
                (behave or (lambda _, handler: answer(handler, 204)))(n, self)

            def do_GET(self):  # nobody should
                with web.lock:
                    web.requests.append((self.headers, b""))

            def log_message(self, *_):
                pass

        class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass  # a client that goes away is what many tests are about

        self.server = Server(("127.0.0.1", 0), Handler)
        if context:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()


def answer(handler, status, **headers):
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", "0")
    handler.end_headers()


class Authority:
    """A CA of our own, and servers' certificates from it."""

    def __init__(self, folder):
        self.folder = folder
        self.certificate = folder / "ca.pem"
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                      "/CN=a CA of the tests", "-keyout", folder / "ca.key", "-out", self.certificate)

    def context(self, name):
        """For a server called `name`: DNS:… or IP:…"""
        stem = self.folder / re.sub(r"\W", "-", name)
        key, request, certificate, extra = (f"{stem}.{end}" for end in ("key", "csr", "pem", "ext"))
        with open(extra, "w") as file:
            file.write(f"subjectAltName={name}\n")
        self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=a server",
                      "-keyout", key, "-out", request)
        self._openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.folder / "ca.key", "-days", "2",
                      "-extfile", extra, "-out", certificate)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        return context

    def _openssl(self, *args):
        subprocess.run(["openssl", *map(str, args)], check=True, capture_output=True, env={**os.environ, "LC_ALL": "C"})
