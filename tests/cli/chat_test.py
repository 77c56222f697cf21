import json
import os
import pty
import re
import select
import signal
import subprocess
import unittest

from cli_case import CLI, SMALL_MODEL, TIMEOUT_S, CliCase

FAST = ("chat", "-n", "16", "--temp", "0")
END_TOKENS = (2, 6)  # of the small model
# The small model is not told of its chat format by its file.
TEMPLATE = "{% for m in messages %}<|{{ m.role }}|>\n{{ m.content }}<|end|>\n{% endfor %}{{ '<|assistant|>\\n' }}"


class ChatTest(CliCase):
    def chat(self, text, *arguments):
        """stdout and stderr of the built-in model's answers to the lines of `text`."""
        result = self.call(*FAST, *arguments, stdin=text.encode("utf-8"))
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout.decode("utf-8"), result.stderr.decode("utf-8")

    def saved(self, name="saved.json"):
        return json.loads((self.folder / name).read_text(encoding="utf-8"))["messages"]

    def test_a_line_of_a_pipe_is_answered_as_run_answers_it(self):
        answer, _ = self.chat("Tell me a story about a fox.\n")
        run = self.succeed("run", "-p", "Tell me a story about a fox.", "-n", "16", "--temp", "0", "-q")
        self.assertEqual(answer, run.decode("utf-8"))

    def test_turns_follow_one_another_and_only_the_new_one_is_computed(self):
        out, err = self.chat("Hello\nAnd then?\n/stats\n/save saved.json\n")
        messages = self.saved()
        self.assertEqual([m["role"] for m in messages], ["user", "assistant", "user", "assistant"])
        self.assertEqual(out, messages[1]["content"].rstrip("\n") + "\n" + messages[3]["content"].rstrip("\n") + "\n")
        prompt, reused = map(int, re.search(r"last prompt (\d+) tokens, (\d+) reused", err).groups())
        self.assertGreater(reused, 12)
        self.assertLess(prompt - reused, 20)

    def test_commands_change_the_conversation(self):
        self.chat("/system Be brief.\nHello\n/reset\nHi\n/regenerate\n/save saved.json\n/exit\nnot reached\n")
        messages = self.saved()
        self.assertEqual([m["role"] for m in messages], ["system", "user", "assistant"])
        self.assertEqual(messages[1]["content"], "Hi")
        self.chat("/load saved.json\nMore\n/save again.json\n", "--system", "Other")
        self.assertEqual(self.saved("again.json")[:3], messages)

    def test_blocks_and_backslashes_make_one_message(self):
        self.chat('"""\nfirst\nsecond\n"""\none \\\ntwo\n/save saved.json\n')
        self.assertEqual([m["content"] for m in self.saved()[::2]], ["first\nsecond", "one \ntwo"])

    def test_templates_by_name_and_from_a_file(self):
        path = self.write("mine.jinja", TEMPLATE.encode("utf-8"))
        own, _ = self.chat("Hello\n")
        self.assertEqual(self.chat("Hello\n", "--template", path)[0], own)
        self.assertEqual(self.chat("Hello\n", "--template", "phi")[0], own)
        self.assertNotEqual(self.chat("Hello\n", "--template", "vicuna")[0], own)

    def test_what_is_wrong_is_said(self):
        self.assertIn("there is no chat template nosuch", self.fail_with(1, *FAST, "--template", "nosuch"))
        path = self.write("bad.jinja", b"\n{{ 1 + }}")
        self.assertIn("line 2, column 8", self.fail_with(1, *FAST, "--template", path))
        self.assertIn("no command /nosuch", self.fail_with(1, *FAST, stdin=b"/nosuch\n"))
        self.assertIn("cannot open", self.fail_with(1, *FAST, stdin=b"/load absent.json\n"))
        self.write("odd.json", b"[1]")
        self.assertIn("holds no conversation", self.fail_with(1, *FAST, stdin=b"/load odd.json\n"))

    def test_ctrl_c_stops_the_answer_and_not_the_chat(self):
        leader, follower = pty.openpty()
        endless = [word for token in END_TOKENS for word in ("--logit-bias", f"{token}=-1000")] + ["-c", "20000"]
        process = subprocess.Popen([CLI, "chat", "--temp", "0", "-m", SMALL_MODEL, "--template", TEMPLATE, *endless],
                                   stdin=follower, stdout=follower, stderr=subprocess.PIPE, cwd=self.folder,
                                   start_new_session=True)
        self.addCleanup(process.kill)
        self.addCleanup(process.stderr.close)
        self.addCleanup(os.close, leader)
        os.close(follower)

        def read_until(text, seen=b""):
            while text not in seen:
                self.assertTrue(select.select([leader], [], [], TIMEOUT_S)[0], seen)
                seen += os.read(leader, 4096)
            return seen.split(text, 1)[1]

        rest = read_until(b"> ")
        os.write(leader, b"Tell me a very long story.\n")
        rest = read_until(b"story.", rest)
        while len(rest) < 200:  # more than the line editor adds to what it echoes
            rest += os.read(leader, 4096)
        process.send_signal(signal.SIGINT)
        read_until(b"> ", rest)
        os.write(leader, b"/exit\n")
        self.assertEqual(process.wait(TIMEOUT_S), 0)


if __name__ == "__main__":
    unittest.main()
