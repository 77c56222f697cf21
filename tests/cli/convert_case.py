"""What the tests of `wasmchord convert` share."""
import json

import hf_models
from cli_case import CliCase
from gguf_file import GgufFile


class ConvertCase(CliCase):
    def model_folder(self, model=None, name="hf"):
        """A folder with a model; what the GGUF file's tensors must hold."""
        folder = self.folder / name
        folder.mkdir()
        return folder, (model or next(hf_models.all_models())).write(folder)

    def convert(self, folder, *arguments, out="out.gguf"):
        self.succeed("convert", folder, out, *arguments)
        return GgufFile(self.folder / out)

    def refuse(self, folder, *parts):
        """The message, which has every one of `parts`; nothing is left behind."""
        message = self.fail_with(1, "convert", folder, "refused.gguf")
        for part in parts:
            self.assertIn(part, message)
        self.assertEqual([path.name for path in self.folder.glob("refused*")], [])
        return message

    def edit(self, folder, name="config.json", **changes):
        content = json.loads((folder / name).read_text(encoding="utf-8"))
        hf_models.write_json(folder / name, {**content, **changes})
