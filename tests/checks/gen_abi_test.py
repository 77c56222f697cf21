#!/usr/bin/env python3
"""What tools/gen_abi.py reads of a header, and that its check fails on drift."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))
import gen_abi  # noqa: E402

TEXT = """
#define WC_SOME_FLAG 2u
#define WC_ABI_VERSION 3u
typedef enum wc_kind { WC_A = 0, WC_B = 7, WC_KIND_FORCE32 = 0x7FFFFFFF } wc_kind;
typedef int (*wc_heard)(void* user, const char* text);
typedef struct wc_pair { const char* data; size_t size; } wc_pair;
typedef struct wc_mixed {
  uint32_t struct_size;
  wc_kind kind;
  uint32_t odd;
  double value;
  wc_pair pair;
  wc_heard heard;
  void (*free)(void* user, void* ptr);
  uint32_t last;
} wc_mixed;
WC_API wc_kind wc_do(wc_mixed* mixed, uint64_t bytes, const char* text, size_t text_size, int32_t id,
                     double value);
WC_API const char* wc_name(void);
WC_API void wc_end(wc_mixed* mixed);
"""


class Reading(unittest.TestCase):
    def setUp(self):
        self.header = gen_abi.Header(TEXT)

    def test_enums_and_flags_keep_their_numbers(self):
        self.assertEqual(self.header.enums["wc_kind"], {"WC_A": 0, "WC_B": 7})
        self.assertEqual(self.header.constants, {"WC_SOME_FLAG": 2, "WC_ABI_VERSION": 3})

    def test_fields_lie_where_a_c_compiler_puts_them(self):
        offsets = [offset for _, _, offset in self.header.layout("wc_mixed", 4)[0]]
        self.assertEqual(offsets, [0, 4, 8, 16, 24, 28, 32, 36, 40])
        fields, size, alignment = self.header.layout("wc_mixed", 8)
        self.assertEqual([offset for _, _, offset in fields], [0, 4, 8, 16, 24, 32, 40, 48, 56])
        self.assertEqual((size, alignment), (64, 8))
        self.assertEqual([name for name, _, _ in fields][4:6], ["pair.data", "pair.size"])

    def test_signatures_tell_pointers_from_numbers(self):
        functions = {name: result + arguments for name, result, arguments in self.header.functions}
        self.assertEqual(functions, {"wc_do": "ipjppid", "wc_name": "p", "wc_end": "vp"})


class Checking(unittest.TestCase):
    def run_in(self, root, *arguments):
        command = [sys.executable, "-B", str(ROOT / "tools/gen_abi.py"), "--root", str(root), *arguments]
        return subprocess.run(command, capture_output=True, text=True)

    def test_the_check_fails_after_a_change_of_the_header_and_names_the_files(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name in ("include/wasmchord", "bindings/wasm", "bindings/js/src"):
                (root / name).mkdir(parents=True)
            header = root / gen_abi.HEADER
            text = (ROOT / gen_abi.HEADER).read_text(encoding="utf-8")
            header.write_text(text, encoding="utf-8")
            self.assertEqual(self.run_in(root).returncode, 0)
            self.assertEqual(self.run_in(root, "--check").returncode, 0)
            header.write_text(text.replace("WC_STATUS_IO = 20", "WC_STATUS_IO = 29"), encoding="utf-8")
            result = self.run_in(root, "--check")
            self.assertEqual(result.returncode, 1)
            self.assertIn("abi.ts", result.stdout)


if __name__ == "__main__":
    unittest.main()
