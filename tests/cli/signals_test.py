import os
import pty
import select
import signal
import subprocess
import unittest

from cli_case import CLI, SMALL_MODEL, TIMEOUT_S, CliCase

ENDLESS = ("run", "--raw", "-p", "Once upon a time", "--ignore-eos", "--seed", "1")


class SignalsTest(CliCase):
    def start(self, *arguments):
        process = subprocess.Popen([CLI, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, cwd=self.folder)
        self.addCleanup(process.kill)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.stdout.close)
        return process

    def check_signal(self, number, code):
        process = self.start(*ENDLESS)
        self.assertNotEqual(process.stdout.read(1), b"")  # it writes: the signal meets a generation
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=TIMEOUT_S)
        self.assertEqual(process.returncode, code, stderr)
        self.assertIn(b"interrupted", stderr)
        self.assertTrue(stdout.endswith(b"\n"))

    def test_ctrl_c_ends_cleanly(self):
        self.check_signal(signal.SIGINT, 130)

    def test_terminate_ends_cleanly(self):
        self.check_signal(signal.SIGTERM, 143)

    def test_ctrl_c_ends_a_bench(self):
        process = self.start("bench", "-m", SMALL_MODEL, "-p", "0", "-n", "1000", "-r", "100000", "-o", "jsonl")
        self.interrupt(process)
        self.assertEqual(process.returncode, 130)

    def test_ctrl_c_while_waiting_for_a_prompt(self):
        process = subprocess.Popen([CLI, "run"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        with self.assertRaises(subprocess.TimeoutExpired):
            process.wait(1)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=TIMEOUT_S)
        self.assertEqual(process.returncode, -signal.SIGINT)

    def test_closed_pipe_ends_it(self):
        process = self.start(*ENDLESS)
        self.assertNotEqual(process.stdout.read(1), b"")
        process.stdout.close()
        self.assertEqual(process.wait(TIMEOUT_S), -signal.SIGPIPE)

    def test_full_disk_is_an_error(self):
        with open("/dev/full", "wb") as full:
            result = subprocess.run([CLI, "run", "-p", "Hi", "-n", "3"], stdout=full, stderr=subprocess.PIPE,
                                    stdin=subprocess.DEVNULL, timeout=TIMEOUT_S, check=False)
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"cannot write to standard output", result.stderr)

    def test_demo_at_a_terminal(self):
        leader, follower = pty.openpty()
        process = subprocess.Popen([CLI, "run", "-n", "8", "--temp", "0"], stdin=follower, stdout=follower,
                                   stderr=follower, cwd=self.folder)
        os.close(follower)
        output = b""
        while select.select([leader], [], [], TIMEOUT_S)[0]:
            try:
                piece = os.read(leader, 4096)
            except OSError:  # Linux says so when the last writer has gone
                piece = b""
            if not piece:
                break
            output += piece
        os.close(leader)
        self.assertEqual(process.wait(TIMEOUT_S), 0)
        self.assertIn(b"red lantern", output)


if __name__ == "__main__":
    unittest.main()
