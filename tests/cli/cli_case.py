"""What the tests of the wasmchord command share."""
import os
import pathlib
import subprocess
import tempfile
import unittest

CLI = os.environ["WC_CLI"]
DATA = pathlib.Path(os.environ["WC_TEST_DATA"])
SHARED = pathlib.Path(os.environ["WC_SHARED"])
SMALL_MODEL = str(DATA / "models" / "tales-1m-q8_0.gguf")
TIMEOUT_S = 300


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

    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return str(path)
