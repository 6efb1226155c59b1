"""Downloads from a real server on this machine: whole, resumed, broken off, wrong, refused."""

import contextlib
import gzip
import hashlib
import http.server
import threading
import time

import numpy as np
import pytest
import torch

from cfg_lessons import data

CONTENT = np.random.default_rng(0).integers(0, 256, 300_000, dtype=np.uint8).tobytes()
CHECKSUM = hashlib.sha256(CONTENT).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves server.files; can ignore Range, break off after so many bytes, dawdle, or answer with an error."""

    def do_GET(self):
        server, wanted = self.server, self.headers.get("Range")
        server.asked.append(wanted)
        content = server.files.get(self.path)
        if server.status or content is None:
            return self.send_error(server.status or 404)
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and server.knows_range else 0
        if start >= len(content):
            return self.send_error(416)
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        end = len(content) if server.break_off is None else server.break_off
        with contextlib.suppress(ConnectionError):  # of a reader who was killed
            for at in range(start, end, 10_000):
                self.wfile.write(content[at : min(at + 10_000, end)])
                time.sleep(server.pause)

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    """A server with one file; its attributes tell it how to behave, and `asked` holds the Range of each request."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.files, server.asked = {"/file": CONTENT}, []
    server.knows_range, server.break_off, server.status, server.pause = True, None, None, 0.0
    server.address = f"http://127.0.0.1:{server.server_port}"
    server.url = f"{server.address}/file"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "sub" / "file"


@pytest.fixture
def part(path):
    return path.with_name("file.part")


def broken_off(server, path, at=120_000):
    """Let a first download break off after so many bytes."""
    server.break_off = at
    with pytest.raises(OSError, match=f"could not fetch .* broke off after {at:,} of 300,000 bytes.*call again"):
        data.download(server.url, path, CHECKSUM)
    server.break_off = None


def only_the_file(path):
    return path.read_bytes() == CONTENT and list(path.parent.iterdir()) == [path]


def test_a_download_arrives_whole(server, path):
    assert data.download(server.url, path, CHECKSUM) == path
    assert only_the_file(path) and server.asked == [None]


def test_a_file_that_is_there_is_not_fetched_again(server, path):
    for _ in range(2):
        data.download(server.url, path, CHECKSUM)
    assert server.asked == [None]


def test_a_download_that_breaks_off_says_so_and_the_next_call_goes_on(server, path, part):
    broken_off(server, path)
    assert not path.exists() and part.read_bytes() == CONTENT[:120_000]
    data.download(server.url, path, CHECKSUM)
    assert only_the_file(path) and server.asked == [None, "bytes=120000-"]


def test_a_download_may_break_off_many_times(server, path):
    for at in (1, 100_000, 299_999):
        broken_off(server, path, at)
    data.download(server.url, path, CHECKSUM)
    assert only_the_file(path) and server.asked == [None, "bytes=1-", "bytes=100000-", "bytes=299999-"]


def test_a_server_that_cannot_go_on_starts_over(server, path):
    broken_off(server, path)
    server.knows_range = False
    data.download(server.url, path, CHECKSUM)
    assert only_the_file(path) and server.asked == [None, "bytes=120000-"]


def test_a_whole_part_needs_no_network(server, path, part):
    part.parent.mkdir()
    part.write_bytes(CONTENT)
    data.download(server.url, path, CHECKSUM)
    assert only_the_file(path) and server.asked == []


def test_the_wrong_file_is_thrown_away(server, path):
    server.files["/file"] = CONTENT[:-1] + b"?"
    with pytest.raises(ValueError, match="not the expected file, and was thrown away; call again"):
        data.download(server.url, path, CHECKSUM)
    assert not list(path.parent.iterdir())


def test_a_part_of_another_file_is_thrown_away_and_the_next_call_starts_afresh(server, path, part):
    part.parent.mkdir()
    part.write_bytes(b"something else" * 100)
    with pytest.raises(ValueError, match="thrown away; call again"):
        data.download(server.url, path, CHECKSUM)
    data.download(server.url, path, CHECKSUM)
    assert only_the_file(path) and server.asked == ["bytes=1400-", None]


def test_a_part_longer_than_the_file_does_not_block_the_way(server, path, part):
    part.parent.mkdir()
    part.write_bytes(CONTENT + b"too much")
    with pytest.raises(OSError, match="416"):
        data.download(server.url, path, CHECKSUM)
    data.download(server.url, path, CHECKSUM)
    assert only_the_file(path)


def test_an_altered_file_is_fetched_again(server, path):
    path.parent.mkdir()
    path.write_bytes(b"altered")
    data.download(server.url, path, CHECKSUM)
    assert only_the_file(path)


@pytest.mark.parametrize("status, words", [(404, "404 .*try later"), (503, "503 .*try later")])
def test_an_error_of_the_server_is_passed_on(server, path, status, words):
    server.status = status
    with pytest.raises(OSError, match=words):
        data.download(server.url, path, CHECKSUM)
    assert not path.exists()


def test_a_server_out_of_breath_costs_nothing_of_what_is_there(server, path):
    broken_off(server, path)
    server.status = 503
    with pytest.raises(OSError, match="503"):
        data.download(server.url, path, CHECKSUM)
    server.status = None
    data.download(server.url, path, CHECKSUM)
    assert only_the_file(path) and server.asked[-1] == "bytes=120000-"


def test_a_port_where_nobody_answers_is_reported(server, path):
    server.shutdown()
    server.server_close()
    with pytest.raises(OSError, match="could not fetch .*look at your network"):
        data.download(server.url, path, CHECKSUM)
    assert not path.exists()


def test_a_download_killed_in_the_middle_goes_on(server, path, part, python):
    server.pause = 0.05
    killed = python(
        "import sys; from cfg_lessons import data; data.download(*sys.argv[1:])", server.url, path, CHECKSUM
    )
    end = time.monotonic() + 60
    while not (part.exists() and part.stat().st_size):
        assert killed.poll() is None and time.monotonic() < end, killed.communicate()
        time.sleep(0.01)
    killed.kill()
    assert killed.wait() != 0
    assert not path.exists() and 0 < part.stat().st_size < len(CONTENT)
    server.pause, have = 0.0, part.stat().st_size
    data.download(server.url, path, CHECKSUM)
    assert only_the_file(path) and server.asked == [None, f"bytes={have}-"]


# ---- the whole of MNIST, in small


@pytest.fixture
def small_mnist(server, monkeypatch):
    """Twelve digits to train on and three to evaluate with, in MNIST's own file format, served under MNIST's names."""
    images = np.random.default_rng(1).integers(0, 256, (15, 28, 28), dtype=np.uint8)
    labels = np.arange(15, dtype=np.uint8) % 10
    for split, rows in (("train", slice(12)), ("eval", slice(12, 15))):
        for kind, array in (("images", images[rows]), ("labels", labels[rows])):
            sizes = np.array(array.shape, dtype=">i4").tobytes()
            content = gzip.compress(bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes())
            name, _ = data.FULL[split, kind]
            monkeypatch.setitem(data.FULL, (split, kind), (name, hashlib.sha256(content).hexdigest()))
            server.files[f"/{name}"] = content
    return torch.from_numpy(images), torch.from_numpy(labels).long()


def test_the_whole_of_mnist_arrives_in_the_shape_of_the_shipped_digits(server, small_mnist, tmp_path):
    images, labels = small_mnist
    for split, rows in (("train", slice(12)), ("eval", slice(12, 15))):
        x, y = data.mnist_full(split, tmp_path, mirror=server.address)
        torch.testing.assert_close(x[:, 0], images[rows].float() / 127.5 - 1)
        assert torch.equal(y, labels[rows])


def test_the_whole_of_mnist_is_fetched_only_once(server, small_mnist, tmp_path):
    for _ in range(2):
        data.mnist_full("train", tmp_path, mirror=server.address)
    assert len(server.asked) == 2


def test_the_whole_of_mnist_goes_on_after_it_broke_off(server, small_mnist, tmp_path):
    server.break_off = 40
    with pytest.raises(OSError, match="broke off after 40 of"):
        data.mnist_full("train", tmp_path, mirror=server.address)
    server.break_off = None
    assert len(data.mnist_full("train", tmp_path, mirror=server.address)[0]) == 12
    assert server.asked[:2] == [None, "bytes=40-"]


def test_the_whole_of_mnist_knows_its_splits(tmp_path):
    with pytest.raises(ValueError, match="split 'test' is unknown; expected 'train' or 'eval'"):
        data.mnist_full("test", tmp_path)
