"""Reads GGUF files (version 3, little-endian) independently of the library."""
import pathlib
import struct

NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
STRING, ARRAY = 8, 9
BLOCKS = {0: (1, 4), 1: (1, 2), 2: (32, 18), 6: (32, 22), 8: (32, 34), 12: (256, 144), 14: (256, 210), 30: (1, 2)}  # elements, bytes


class GgufFile:
    """`metadata` by key; `tensors` by name: (type number, extents, bytes)."""

    def __init__(self, path):
        self.content = pathlib.Path(path).read_bytes()
        assert self.content[:8] == b"GGUF\x03\0\0\0"
        self.at = 8
        n_tensors, n_keys = self.take("QQ")
        self.metadata = {}
        for _ in range(n_keys):
            key = self.string()
            self.metadata[key] = self.value(*self.take("I"))
        entries = [self.entry() for _ in range(n_tensors)]
        start = -(-self.at // 32) * 32
        self.tensors = {}
        for name, extents, kind, offset in entries:
            elements, size = BLOCKS[kind]
            count = 1
            for extent in extents:
                count *= extent
            begin = start + offset
            self.tensors[name] = (kind, extents, self.content[begin:begin + count // elements * size])

    def take(self, layout):
        values = struct.unpack_from("<" + layout, self.content, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def string(self):
        size, = self.take("Q")
        self.at += size
        return self.content[self.at - size:self.at].decode("utf-8")

    def value(self, kind):
        if kind == STRING:
            return self.string()
        if kind != ARRAY:
            return self.take(NUMBERS[kind])[0]
        element, size = self.take("IQ")
        if element in NUMBERS:
            return list(self.take(f"{size}{NUMBERS[element]}"))
        return [self.value(element) for _ in range(size)]

    def entry(self):
        name = self.string()
        n_dims, = self.take("I")
        extents = self.take(f"{n_dims}Q")
        return (name, extents, *self.take("IQ"))
