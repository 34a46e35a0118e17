"""ZMTP 3 by hand, over a plain TCP socket: what a peer can say that libzmq would never say for it.

`Wire` is a connection: greeting, frames, waiting for its end. `Curve` is a CURVE client (RFC 26) whose steps can be taken
one at a time, recorded and spoilt. The cryptography is libsodium's, which every machine that builds the broker has."""

import ctypes
import os
import select
import socket
import struct
import time

import zmq.utils.z85

from harness import PATIENCE, curve_keys

_sodium = ctypes.CDLL("libsodium.so.23")
if _sodium.sodium_init() < 0:
    raise OSError("libsodium cannot be initialised")

GREETING = 64  # bytes, of ZMTP 3
MORE, LONG, COMMAND = 1, 2, 4  # flags of a frame


# --- cryptography ---

def keypair():
    public, secret = ctypes.create_string_buffer(32), ctypes.create_string_buffer(32)
    _sodium.crypto_box_keypair(public, secret)
    return public.raw, secret.raw


def _need(name, size, value):
    if len(value) != size:
        raise ValueError(f"{name} has {size} bytes, not {len(value)}")
    return value


def box(plain, nonce, public, secret):
    out = ctypes.create_string_buffer(len(plain) + 16)
    if _sodium.crypto_box_easy(out, plain, ctypes.c_ulonglong(len(plain)), _need("a nonce", 24, nonce),
                               _need("a key", 32, public), _need("a key", 32, secret)) != 0:
        raise ValueError("a key of small order")
    return out.raw


def unbox(sealed, nonce, public, secret):
    """None: it does not open."""
    if len(sealed) < 16:
        return None
    out = ctypes.create_string_buffer(len(sealed) - 16)
    if _sodium.crypto_box_open_easy(out, sealed, ctypes.c_ulonglong(len(sealed)), _need("a nonce", 24, nonce),
                                    _need("a key", 32, public), _need("a key", 32, secret)) != 0:
        return None
    return out.raw


def sign(message, secret):
    """Ed25519."""
    out = ctypes.create_string_buffer(64)
    _sodium.crypto_sign_detached(out, None, message, ctypes.c_ulonglong(len(message)), _need("a signing key", 64, secret))
    return out.raw


class Opener:
    """The stream that seals what the broker says in a session."""

    def __init__(self, key, header):
        self._state = ctypes.create_string_buffer(_sodium.crypto_secretstream_xchacha20poly1305_statebytes())
        _sodium.crypto_secretstream_xchacha20poly1305_init_pull(self._state, _need("a header", 24, header), key)

    def open(self, sealed):
        """None: it does not open."""
        if len(sealed) < 17:
            return None
        out = ctypes.create_string_buffer(len(sealed) - 17)
        length, tag = ctypes.c_ulonglong(), ctypes.c_ubyte()
        if _sodium.crypto_secretstream_xchacha20poly1305_pull(
                self._state, out, ctypes.byref(length), ctypes.byref(tag), sealed, ctypes.c_ulonglong(len(sealed)), None,
                ctypes.c_ulonglong(0)) != 0:
            return None
        return out.raw


# --- what goes over the wire ---

def greeting(mechanism=b"CURVE", version=(3, 0), as_server=False):
    return (b"\xff" + bytes(8) + b"\x7f" + bytes(version) + mechanism.ljust(20, b"\0") + bytes([as_server])).ljust(GREETING, b"\0")


def frame(body, more=False, command=False):
    flags = MORE * more | COMMAND * command
    if len(body) < 256:
        return bytes([flags, len(body)]) + body
    return header(len(body), flags) + body


def header(claimed, flags=0):
    """The header of a long frame that claims so many bytes."""
    return bytes([flags | LONG]) + struct.pack(">Q", claimed)


def command(name, body=b""):
    return frame(bytes([len(name)]) + name + body, command=True)


def properties(*pairs):
    return b"".join(bytes([len(name)]) + name + struct.pack(">I", len(value)) + value for name, value in pairs)


class Closed(Exception):
    """The other side has ended the connection."""


class Wire:
    """A TCP connection to a port of this machine. Nothing is said until it is told to."""

    def __init__(self, port, receive_buffer=None):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._got = b""

    def say(self, data):
        """Closed: also if the other side has ended while our words still queue; the kernel alone may take a minute to say."""
        poll, rest = select.poll(), memoryview(data)
        poll.register(self.socket, select.POLLOUT | select.POLLRDHUP)
        while rest:
            events = poll.poll(PATIENCE * 1000)
            if not events:
                raise TimeoutError(f"{len(rest)} bytes that nobody takes")
            if events[0][1] & (select.POLLRDHUP | select.POLLHUP | select.POLLERR):
                raise Closed()
            try:
                rest = rest[self.socket.send(rest):]
            except (BrokenPipeError, ConnectionResetError) as error:
                raise Closed() from error

    def say_if_open(self, data):
        """False: the connection has ended."""
        try:
            self.say(data)
        except Closed:
            return False
        return True

    def hear(self, count):
        while len(self._got) < count:
            try:
                more = self.socket.recv(65536)
            except ConnectionResetError as error:
                raise Closed() from error
            if not more:
                raise Closed()
            self._got += more
        out, self._got = self._got[:count], self._got[count:]
        return out

    def hear_frame(self):
        """(flags, body)"""
        flags, = self.hear(1)
        length = struct.unpack(">Q", self.hear(8))[0] if flags & LONG else self.hear(1)[0]
        return flags, self.hear(length)

    def all_until_end(self, seconds):
        """(what it said until it ended the connection, whether it did so in time)"""
        end, said = time.monotonic() + seconds, self._got
        while True:
            self.socket.settimeout(max(end - time.monotonic(), 0.001))
            try:
                more = self.socket.recv(65536)
            except ConnectionResetError:
                return said, True
            except TimeoutError:
                return said, False
            if not more:
                return said, True
            said += more

    def close(self):
        self.socket.close()

    def reset(self):
        """Leaves by RST: what was said and not yet heard is lost on both sides."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def __del__(self):  # a test opens thousands; who holds none of them any more has left
        self.socket.close()


class Keys:
    """Long-term keys of a CURVE client, and the server's that it believes in."""

    def __init__(self, server, public=None, secret=None):
        self.server = server
        self.public, self.secret = (public, secret) if public else keypair()

    @classmethod
    def of(cls, credential):
        return cls(*(zmq.utils.z85.decode(each) for each in curve_keys(credential)))


class Curve(Wire):
    """A CURVE client. `connected` takes all steps at once."""

    def __init__(self, port, keys, socket_type=b"DEALER", **options):
        super().__init__(port, **options)
        self.keys, self.socket_type = keys, socket_type
        self.transient, self._transient_secret = keypair()
        self._nonce = 0
        self.sent = {}  # the frames of the handshake by name, as they went out

    @classmethod
    def connected(cls, port, keys, *metadata, **options):
        peer = cls(port, keys, **options)
        peer.greet()
        peer.hello()
        peer.welcome()
        peer.initiate(*metadata)
        peer.ready()
        return peer

    def next_nonce(self):
        self._nonce += 1
        return struct.pack(">Q", self._nonce)

    def greet(self):
        self.say(greeting())
        return self.hear(GREETING)

    def hello(self):
        nonce = self.next_nonce()
        proof = box(bytes(64), b"CurveZMQHELLO---" + nonce, self.keys.server, self._transient_secret)
        self.sent["HELLO"] = command(b"HELLO", b"\x01\x00" + bytes(72) + self.transient + nonce + proof)
        self.say(self.sent["HELLO"])

    def welcome(self):
        """Closed: the server says something else, or nothing."""
        _, body = self.hear_frame()
        opened = body[:8] == b"\x07WELCOME" and unbox(body[24:], b"WELCOME-" + body[8:24], self.keys.server, self._transient_secret)
        if not opened:
            raise Closed()
        self.server_transient, self.cookie = opened[:32], opened[32:]

    def vouch(self, secret=None):
        nonce = os.urandom(16)
        return nonce + box(self.transient + self.keys.server, b"VOUCH---" + nonce, self.server_transient,
                           secret or self.keys.secret)

    def initiate(self, *metadata, vouch=None):
        """`metadata`: (name, value) pairs that follow Socket-Type."""
        nonce = self.next_nonce()
        plain = (self.keys.public + (vouch or self.vouch()) +
                 properties((b"Socket-Type", self.socket_type), *(metadata or [(b"Identity", b"")])))
        self.sent["INITIATE"] = command(b"INITIATE", self.cookie + nonce + box(
            plain, b"CurveZMQINITIATE" + nonce, self.server_transient, self._transient_secret))
        self.say(self.sent["INITIATE"])

    def ready(self):
        """Closed: the server does not let this client in."""
        _, body = self.hear_frame()
        if body[:6] != b"\x05READY":
            raise Closed()
        if unbox(body[14:], b"CurveZMQREADY---" + body[6:14], self.server_transient, self._transient_secret) is None:
            raise Closed()

    def message(self, body, more=False, command=False, nonce=None):
        """A frame that holds the encrypted message; not yet said."""
        nonce = nonce or self.next_nonce()
        plain = bytes([MORE * more | 2 * command]) + body
        return frame(b"\x07MESSAGE" + nonce + box(plain, b"CurveZMQMESSAGEC" + nonce, self.server_transient,
                                                  self._transient_secret))

    def hear_message(self):
        """(flags, body) of the next one; commands among them."""
        _, body = self.hear_frame()
        plain = body[:8] == b"\x07MESSAGE" and unbox(body[16:], b"CurveZMQMESSAGES" + body[8:16], self.server_transient,
                                                     self._transient_secret)
        if not plain:
            raise AssertionError(f"not a message of this connection: {body[:40]}")
        return plain[0], plain[1:]
