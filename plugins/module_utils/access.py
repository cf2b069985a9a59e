# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The way into a component over HTTP: which certificates are trusted there, and who calls. Past any proxy."""

from __future__ import annotations

import base64
import functools
import http.client
import io
import re
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

OPTION: dict[str, Any] = {
    "type": "dict",
    "options": {
        "certificate_file": {"type": "str", "default": ""},
        "ca_file": {"type": "str", "default": ""},
        "user": {"type": "str", "default": ""},
        "password_file": {"type": "str", "default": "", "no_log": False},
    },
}
"""The option `access` of a module; see the doc fragment of that name."""

_SPEAKS_HTTPS = "it speaks HTTPS there, and was asked by plain HTTP"
_GO_SAYS = b"Client sent an HTTP request to an HTTPS server"
_TLS_ALERT = "\x15\x03"  # how an answer by TLS begins that says that the question was none
_LARGEST_REFUSAL = 4 << 20  # bytes
_PARTIAL_CHAIN = 0x80000  # ssl.VERIFY_X509_PARTIAL_CHAIN, which Python 3.9 has no name for
PREVIOUS = "previous.pem"
"""Beside a component's certificate: the one that it had before the last renewal."""
LOADED_WITHIN = 180.0
"""Seconds in which every component has loaded its new certificate."""
_EXPIRED, _NOT_YET, _OTHER_NAME, _OTHER_ADDRESS = 10, 9, 62, 64  # OpenSSL's verify codes


class AccessError(OSError):
    """A phrase: why there is no way in."""


@dataclass(frozen=True)
class Access:
    """All empty: plain HTTP, or HTTPS by the host's own authorities. No password is in it: its file is read when asked.

    certificate_file: of a component on this host; its certificate alone is trusted, whatever it names. Any certificate
    of the authority would not do: who has one and takes the port while the service restarts would get the password.
    ca_file: the authority of a component on another host, whose name its certificate has.
    user, password_file: basic authentication.
    """

    certificate_file: str = ""
    ca_file: str = ""
    user: str = ""
    password_file: str = ""

    @classmethod
    def of(cls, given: dict[str, Any] | None) -> Access:
        """Of a module's option or a release's record; without one, the empty one."""
        return cls(**{key: str(value or "") for key, value in (given or {}).items()})

    def below(self, directory: Path) -> Access:
        """With relative paths as paths below the directory."""
        names = ("certificate_file", "ca_file", "password_file")
        files = {name: str(directory / path) for name in names if (path := getattr(self, name))}
        return replace(self, **files)

    def headers(self) -> dict[str, str]:
        """Raises AccessError where the password cannot be read."""
        return login(self.user, self._password()) if self.user else {}

    def open(self, url: str, timeout: float, headers: dict[str, str] | None = None) -> Any:
        """As urllib does it. Raises OSError, whose text says why; HTTPError, whose reason does, for all but a 2xx.

        headers: in the place of this access' own.
        """
        request = urllib.request.Request(url)  # noqa: S310 - the schemes are the caller's to check
        for name, value in (self.headers() if headers is None else headers).items():
            request.add_unredirected_header(name, value)  # a redirect must not carry the password elsewhere
        try:
            return self.opener(url).open(request, timeout=timeout)
        except urllib.error.HTTPError as error:
            raise self._told(error, url) from None
        except (OSError, http.client.HTTPException) as error:
            raise self.explained(error, url) from error

    def opener(self, url: str, *handlers: type[urllib.request.BaseHandler]) -> urllib.request.OpenerDirector:
        if urllib.parse.urlsplit(url).scheme != "https":
            return _plain_opener(handlers)
        https = urllib.request.HTTPSHandler(context=self._context())
        return urllib.request.build_opener(urllib.request.ProxyHandler({}), https, *handlers)

    def connection(self, url: str, timeout: float) -> http.client.HTTPConnection:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme == "https":
            context = self._context()
            return http.client.HTTPSConnection(str(parts.hostname), parts.port, timeout=timeout, context=context)
        return http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=timeout)

    def certificate_end(self, url: str, timeout: float) -> float | None:
        """Seconds since 1970 at which the certificate that is shown there ends; None by plain HTTP. Raises OSError."""
        if urllib.parse.urlsplit(url).scheme != "https":
            return None
        connection = self.connection(url, timeout)
        try:
            connection.connect()
            # It was verified, or there would be no connection: only then does Python tell what is in it.
            shown = connection.sock.getpeercert() if isinstance(connection.sock, ssl.SSLSocket) else None
        except OSError as error:
            raise self.explained(error, url) from error
        finally:
            connection.close()
        return ssl.cert_time_to_seconds(str(shown["notAfter"])) if shown else None

    def refusal(self, url: str, status: int, said: bytes = b"") -> str:
        """A phrase about an answer that is none of the component's doing; empty for any other."""
        if status == 401 and self.user:
            return f"it does not take the user {self.user} with the password in {self.password_file}"
        if status == 401:
            return "it asks for a user and a password, and none is set for this"
        return _SPEAKS_HTTPS if status == 400 and said.startswith(_GO_SAYS) and url.startswith("http:") else ""

    def explained(self, error: OSError | http.client.HTTPException, url: str) -> OSError | http.client.HTTPException:
        """AccessError where certificates or protocols do not fit; any other error as it is."""
        cause = error.reason if isinstance(error, urllib.error.URLError) else error
        phrase = ""
        if isinstance(cause, ssl.SSLError):
            phrase = self._tls_phrase(cause, url)
        elif url.startswith("http:") and isinstance(cause, http.client.BadStatusLine):
            phrase = _SPEAKS_HTTPS if str(cause).startswith(_TLS_ALERT) else ""
            if isinstance(cause, http.client.RemoteDisconnected):
                phrase = "it hangs up without an answer; does it speak HTTPS there?"
        return AccessError(phrase) if phrase else error

    def _tls_phrase(self, error: ssl.SSLError, url: str) -> str:
        if isinstance(error, ssl.SSLCertVerificationError):
            return self._certificate_phrase(error, url)
        reason = error.reason or str(error)
        if "PROTOCOL" in reason:
            return f"it speaks no TLS 1.2 or newer ({reason})"
        if reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG"):
            return "it speaks no HTTPS there, but perhaps plain HTTP"
        return f"HTTPS fails there ({reason})"

    def _certificate_phrase(self, error: ssl.SSLCertVerificationError, url: str) -> str:
        if error.verify_code in (_OTHER_NAME, _OTHER_ADDRESS):
            return f"its certificate does not name {urllib.parse.urlsplit(url).hostname}"
        if error.verify_code in (_EXPIRED, _NOT_YET):
            return f"its certificate is not valid at this time: {error.verify_message}"
        if self.certificate_file:
            return (
                f"its certificate is not the one in {self.certificate_file}: another program listens there, or the "
                "service has not loaded the new certificate yet"
            )
        authority = self.ca_file or "the host's list of authorities"
        return f"its certificate is not one of {authority}: {error.verify_message}"

    def _told(self, error: urllib.error.HTTPError, url: str) -> urllib.error.HTTPError | AccessError:
        """With a reason that says what to do, and still to be read."""
        try:
            said = error.read(_LARGEST_REFUSAL)
        except (OSError, http.client.HTTPException):
            said = b""
        phrase = self.refusal(url, error.code, said)
        if phrase == _SPEAKS_HTTPS:
            return AccessError(phrase)
        return urllib.error.HTTPError(
            error.url, error.code, phrase or str(error.reason), error.headers, io.BytesIO(said)
        )

    def _password(self) -> str:
        if not self.password_file:
            raise AccessError(f"there is no file with the password of the user {self.user}")
        try:
            password = Path(self.password_file).read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            cause = getattr(error, "strerror", "") or "it is no text"
            raise AccessError(
                f"the password of the user {self.user} cannot be read from {self.password_file}: {cause}"
            ) from None
        if not password:
            raise AccessError(f"{self.password_file} is empty, and has to hold the password of the user {self.user}")
        return password

    def _context(self) -> ssl.SSLContext:
        # Not create_default_context, which is stricter with authorities on newer Pythons than Prometheus and Grafana.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.verify_flags |= _PARTIAL_CHAIN  # a certificate alone, and as for Go an intermediate authority alone
        if self.certificate_file:
            context.check_hostname = False  # it need not name 127.0.0.1
            _pin(context, Path(self.certificate_file))
        elif self.ca_file:
            _load(context, "the authority's certificate", self.ca_file, cafile=self.ca_file)
        else:
            context.load_default_certs()
        return context


def login(user: str, password: str) -> dict[str, str]:
    """The header of basic authentication."""
    return {"Authorization": f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"}


def _pin(context: ssl.SSLContext, file: Path) -> None:
    """Trust the certificate in the file, and for a while after a renewal the one before it.

    Grafana looks at its files once a minute and shows the one before until then. It was the component's own, too, and
    root has kept it. Intermediates that follow in the file are not trusted: others have certificates of theirs.
    """
    _load(context, "the component's certificate", str(file), cadata=_first(file))
    before = file.with_name(PREVIOUS)
    if before.is_file() and time.time() - file.stat().st_mtime < LOADED_WITHIN:
        _load(context, "the component's previous certificate", str(before), cadata=_first(before))


def _first(file: Path) -> str:
    """The first certificate in the file, or what cannot be one."""
    try:
        text = file.read_text(encoding="ascii", errors="replace")
    except OSError as error:
        raise AccessError(f"the component's certificate cannot be read from {file}: {error.strerror}") from None
    found = re.search("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", text, re.DOTALL)
    return found[0] if found else "none"


def _load(context: ssl.SSLContext, what: str, file: str, **certificates: str) -> None:
    try:
        context.load_verify_locations(**certificates)
    except (ssl.SSLError, ValueError):
        raise AccessError(f"{file} has no certificate") from None
    except OSError as error:
        raise AccessError(f"{what} cannot be read from {file}: {error.strerror}") from None


@functools.cache
def _plain_opener(handlers: tuple[type[urllib.request.BaseHandler], ...]) -> urllib.request.OpenerDirector:
    """One for all: on newer Pythons each reads the host's list of authorities."""
    return urllib.request.build_opener(urllib.request.ProxyHandler({}), *handlers)
