"""What the tests of the wasmchord command share."""
import os
import pathlib
import signal
import subprocess
import tempfile
import time
import unittest

CLI = os.environ["WC_CLI"]
DATA = pathlib.Path(os.environ["WC_TEST_DATA"])
SHARED = pathlib.Path(os.environ["WC_SHARED"])
SMALL_MODEL = str(DATA / "models" / "tales-1m-q8_0.gguf")
TIMEOUT_S = 300

# Whoever runs the tests in the background may have SIGINT ignored, which the command would inherit and respect.
signal.signal(signal.SIGINT, signal.default_int_handler)


def blocks(pid, number):
    """Whether the process blocks the signal, as the command does while it takes signals in a thread."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    mask = next(line for line in status.splitlines() if line.startswith("SigBlk:"))
    return int(mask.split()[1], 16) >> (number - 1) & 1 == 1


class CliCase(unittest.TestCase):
    """Runs the command in a folder that has nothing to do with the sources."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def call(self, *arguments, stdin=b"", env=None):
        """The finished process, stdout and stderr as bytes."""
        environment = {**os.environ, **(env or {})}
        return subprocess.run([CLI, *map(str, arguments)], input=stdin, capture_output=True, cwd=self.folder,
                              timeout=TIMEOUT_S, env=environment, check=False)

    def succeed(self, *arguments, stdin=b"", env=None):
        """stdout of a call that must succeed."""
        result = self.call(*arguments, stdin=stdin, env=env)
        self.assertEqual(result.returncode, 0, f"{arguments}: {result.stderr.decode(errors='replace')}")
        return result.stdout

    def fail_with(self, code, *arguments, stdin=b"", env=None):
        """stderr of a call that must end with `code` and a message, and print nothing else."""
        result = self.call(*arguments, stdin=stdin, env=env)
        self.assertEqual(result.returncode, code, f"{arguments}: {result.stderr!r}")
        self.assertTrue(result.stderr.startswith(b"wasmchord: "), result.stderr)
        self.assertEqual(result.stdout, b"")
        return result.stderr.decode("utf-8", errors="replace")

    def wait_for(self, process, condition):
        """Until `condition()` is true of a process that goes on running: how long that takes depends on the machine."""
        end = time.monotonic() + TIMEOUT_S
        while not condition():
            self.assertIsNone(process.poll(), "it has ended")
            self.assertLess(time.monotonic(), end)
            time.sleep(0.01)

    def interrupt(self, process):
        """SIGINT, once the command catches it; the end of the process."""
        self.wait_for(process, lambda: blocks(process.pid, signal.SIGINT))
        process.send_signal(signal.SIGINT)
        return process.communicate(timeout=TIMEOUT_S)

    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return str(path)
