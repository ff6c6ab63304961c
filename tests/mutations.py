"""Files that are broken, or odd, in ways that users' files are: valid ones, mutated at random from a seed."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

Draw = random.Random
Mutation = Callable[[Draw, bytes], bytes]


@dataclass(frozen=True)
class Malformed:
    """A mutated file: the class of mutation, the valid file it was made of (its stem tells the kind), its bytes."""

    mutation: str
    source: str
    kind: str
    data: bytes


FIELDS = [
    "", " ", '""', '" "', "nan", "inf", "-inf", "NULL", "None", "NA", "#REF!", "true", "1e5", "7.2E+17", "5.0",
    "12.000", "0.0", "-3.0", "5.0000000000000000001", "3000000000.0",
    "5.", ".5",
    "-1", "-0", "+7", "007", "0", "0x1F", "0X1f", "1_000", "1,000", '"1,000"', "1 000", "1.234.567", "0,57",
    "1e999", "1e-999",
    "\uff11\uff12", "\u0663", "\u00a012", "12\u200b", "\ufeff12", "'12", '"12"', '"12', '12"', '"1"2', '""""',
    '"a""b"', '"a\nb"', '"a\r\nb"',
    "a;b", "a\tb", "a,b", "\t12 ", "\0", "\x1b[31m", "\x0b", "\x1a", "\u2028", "\x85", "ä", "日本", "=1+1",
    "x" * 99_000, "x" * 150_000,
]  # fmt: skip
INTEGERS = [
    2**53 + 1, 2**63 - 2, 2**63 - 1, 2**63, 2**63 + 1, 2**64 - 1, 2**64, 2**64 + 720575940596125868, 10**19, 10**30,
    -(2**63), -(2**63) - 1, int("9" * 400),
]  # fmt: skip
ENDS = [
    b"\r\n",
    b"\r",
    b"\n\r",
    b"\n\n",
    b"\r\r\n",
    b"\n \n",
    b"\x0b",
    b"\x0c",
    b"\x1e",
    b"\xc2\x85",
    b"\xe2\x80\xa8",
    b" ",
]


def _bytes(draw: Draw, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(draw.choice([1, 1, 1, 3, 10])):
        place = draw.randrange(draw.choice([0, data.find(b"\n")]), len(changed))
        new = bytes(
            draw.choice([draw.randrange(256), draw.choice(b'",;\t\r\n\0 x0.-\xff\xef')])
            for _ in range(draw.randint(0, 3))
        )
        changed[place : place + draw.randint(0, 3)] = new
    return bytes(changed)


def _fields(draw: Draw, data: bytes) -> bytes:
    lines = data.split(b"\n")
    for _ in range(draw.choice([1, 1, 2, 20])):
        place = draw.randrange(1, len(lines) - 1)
        fields = lines[place].split(b",")
        fields[draw.randrange(len(fields))] = draw.choice(FIELDS).encode()
        lines[place] = b",".join(fields)
    return b"\n".join(lines)


def _integers(draw: Draw, data: bytes) -> bytes:
    lines = data.split(b"\n")
    for _ in range(draw.choice([1, 1, 2, 20])):
        place = draw.randrange(1, len(lines) - 1)
        fields = lines[place].split(b",")
        whole = [number for number, field in enumerate(fields) if field.strip().isdigit()]
        number = draw.choice(INTEGERS)
        fields[draw.choice(whole or [0])] = b"9" * 5000 if draw.random() < 0.05 else str(number).encode()
        lines[place] = b",".join(fields)
    return b"\n".join(lines)


def _lines(draw: Draw, data: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    for _ in range(draw.choice([1, 1, 2, 10])):
        place = draw.randrange(1, len(lines))
        line = lines[place]
        cut = draw.randrange(len(line))
        lines[place : place + 1] = draw.choice([
            [], [line] * 2, [line] * 50, [line.rstrip(b"\r\n")], [line[:cut] + b"\n", line[cut:]], [b"\n", line],
            [b"  \n", line],
            [b"# comment\n", line], [b",,,,\n", line], [line.rstrip(b"\r\n") + b",\n"], [lines[0], line], [b'""\n',
            line],
            [line[:cut] + line], [b"Total," + line], [b"," + line], [line[: cut // 2] + b"\n"],
        ])  # fmt: skip
    if draw.random() < 0.2:
        lines[1:] = draw.sample(lines[1:], len(lines) - 1)
    return b"".join(lines)


def _encodings(draw: Draw, data: bytes) -> bytes:
    text = data.decode()
    place = draw.randrange(text.find("\n") + 1, len(text))
    made: list[Callable[[], bytes]] = [
        lambda: text.encode("utf-16"), lambda: text.encode("utf-16-le"), lambda: text.encode("utf-16-be"),
        lambda: text.encode("utf-32"),
        lambda: text.encode("utf-8-sig"), lambda: b"\xef\xbb\xbf" + text.encode("utf-8-sig"),
        lambda: text.encode("cp500"),
        lambda: (text[:place] + "é" + text[place:]).encode("latin-1"),
        lambda: (text[:place] + "€" + text[place:]).encode("cp1252"),
        lambda: (text[:place] + "é" + text[place:]).encode(),
        lambda: (text[:place] + "\ufeff" + text[place:]).encode(),
        lambda: text[:place].encode() + text[place:].encode("utf-16-le"),
        lambda: (text[:place] + "\ud800" + text[place:]).encode("utf-8", "surrogatepass"),
        lambda: text[:place].encode() + b"\xc0\x80" + text[place:].encode(),
        lambda: text[:place].encode() + b"\xf0\x9f\xa7" + text[place:].encode(),
    ]  # fmt: skip
    return draw.choice(made)()


def _truncated(draw: Draw, data: bytes) -> bytes:
    return data[
        : draw.choice([draw.randrange(len(data)), draw.randrange(data.find(b"\n"), len(data)), data.find(b"\n") + 1, 0])
    ]


def _packed(draw: Draw, data: bytes) -> bytes:
    packed = gzip.compress(data, mtime=0)
    place = draw.randrange(len(packed))
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("connections.csv", data)
    half = data.find(b"\n", len(data) // 2) + 1
    flipped = bytearray(packed)
    flipped[place] ^= 1 << draw.randrange(8)
    return draw.choice([
        packed[:place], packed[:place], packed[:-4], bytes(flipped), bytes(flipped), bytes(flipped),
        packed + b"rest", packed + bytes(9),
        packed + packed, packed + packed[:place], gzip.compress(b"") + packed, packed + gzip.compress(b""),
        gzip.compress(packed),
        gzip.compress(data[:half]) + gzip.compress(data[half:]), gzip.compress(b""), archive.getvalue(),
        bz2.compress(data),
        lzma.compress(data), packed[:-8] + bytes(8),
    ])  # fmt: skip


def _header(draw: Draw, data: bytes) -> bytes:
    first, rest = data.split(b"\n", 1)
    names = first.rstrip(b"\r").split(b",")
    place, other = draw.randrange(len(names)), draw.randrange(len(names))
    swapped = [*names]
    swapped[place], swapped[other] = swapped[other], swapped[place]
    changed = draw.choice([
        [*names, names[place]], [*names[:place], *names[place + 1 :]], swapped, [*names[:place], names[other],
        *names[place + 1 :]],
        [*names[:place], b"", *names[place + 1 :]], [*names[:place], b"colour", *names[place + 1 :]],
        [b'"' + n + b'"' for n in names],
        [b" " + n.upper().replace(b"_", b" ") for n in names], [n.replace(b"_root_id", b"_pt_root_id") for n in names],
        [*names, b""], [b"", *names], [b"7", *names[1:]], [b'"' + names[0], *names[1:]], [names[0] + b"\0", *names[1:]],
        [n.replace(b"_", b"__") for n in names], [names[0].decode().encode("utf-16-le"), *names[1:]],
    ])  # fmt: skip
    header = b",".join(changed)
    return (
        draw.choice([header, header, header, header + b"\n" + header, b"\n \n" + header, b"# FlyWire\n" + header, b""])
        + b"\n"
        + rest
    )


def _separators(draw: Draw, data: bytes) -> bytes:
    mark = draw.choice([b";", b"\t", b"|", b" ", b":", b",,"])
    lines = data.splitlines(keepends=True)
    chosen = draw.choice(
        [range(len(lines)), range(len(lines)), range(1), [draw.randrange(1, len(lines))], range(1, len(lines), 7)]
    )
    for place in chosen:
        lines[place] = lines[place].replace(b",", mark)
    return b"".join(lines)


def _quotes(draw: Draw, data: bytes) -> bytes:
    lines = data.split(b"\n")
    for _ in range(draw.choice([1, 1, 2, 10])):
        place = draw.randrange(1, len(lines) - 1)
        line = lines[place]
        cut = draw.randrange(len(line) + 1)
        fields = line.rstrip(b"\r").split(b",")
        chosen = draw.randrange(len(fields))
        quoted = draw.choice(
            [b'"%s"', b'"%s', b'%s"', b'"%s""', b'""%s"', b' "%s"', b'"%s" ', b"'%s'", b'"%s\n"', b'"\r\n%s"']
        )
        fields[chosen] = quoted.replace(b"%s", fields[chosen])
        lines[place] = draw.choice(
            [b",".join(fields), b",".join(fields), line[:cut] + b'"' + line[cut:], b'"' + line + b'"']
        )
    return b"\n".join(lines)


def _line_ends(draw: Draw, data: bytes) -> bytes:
    lines = data.splitlines()
    end = draw.choice(ENDS)
    often = draw.choice([1, 1, 7, len(lines) - 1])
    return b"".join(line + (end if place % often == 0 else b"\n") for place, line in enumerate(lines))


def bombs(size: int) -> Iterator[Malformed]:
    """Yield small gzip files that become ``size`` bytes, of each kind of piece."""
    header, row = written()["connections.csv"].splitlines()[:2]
    early = [b" ", b"\0", b",", b'"', b"9", b"a\n", b'"\n', b",\r\n", row + b"x,\n", header + b"\n"]
    fast = [b"\n", row + b"\n"]
    slow = [b"\r", b'""\n', b" \n"]  # Rows of nothing are read one by one, at 3 MB/s.
    for piece in (*early, *fast, *slow):
        packed = io.BytesIO()
        with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=1, mtime=0) as text:
            text.write(header + b"\n" + row + b"\n")
            block = piece * (2**20 // len(piece))
            for _ in range(size // len(block) // (40 if piece in slow else 1)):
                text.write(block)
        yield Malformed("decompression bombs", "connections.csv", "connections", packed.getvalue())


MUTATIONS: dict[str, Mutation] = {
    "bytes": _bytes, "fields": _fields, "integers beyond 64 bits": _integers, "lines": _lines, "encodings": _encodings,
    "truncation": _truncated, "compression": _packed, "header": _header, "separators": _separators,
    "quotation marks": _quotes,
    "line ends": _line_ends,
}  # fmt: skip


def malformed(seed: int, sources: dict[str, bytes]) -> Iterator[Malformed]:
    """Yield mutated files without end, each class of mutation in turn; a quarter of the text ones is gzip."""
    draw = random.Random(seed)
    while True:
        for name, mutate in MUTATIONS.items():
            source = draw.choice(sorted(sources))
            data = mutate(draw, sources[source])
            if name != "compression" and draw.random() < 0.25:
                data = gzip.compress(data, 1, mtime=0)
            yield Malformed(name, source, Path(source).name.split(".")[0], data)


def written() -> dict[str, bytes]:
    """Return valid files of each kind as they are published, some hundred rows each, made from a fixed seed."""
    draw = random.Random(7)
    ids = [720575940596125868 + draw.randrange(10**11) for _ in range(120)]
    types = ["ACH", "GABA", "GLUT", "", "acetylcholine"]
    neuropils = ["AL_R", "MB_CA_L", "UNASGD", ""]
    rows = [
        ",".join(map(str, [*draw.choices(ids, k=2), draw.choice(neuropils), draw.randint(1, 60), draw.choice(types)]))
        for _ in range(300)
    ]
    classes = [f'{i},intrinsic,central,{draw.choice(["ALPN", "LN", ""])},,"PN, {n}",right' for n, i in enumerate(ids)]
    scores = [f"{i},AL.LH,{draw.choice(types)},{draw.random():.2f},{draw.random():.3f},1e-3" for i in ids]
    cell_types = [f'{i},T{n % 9},"{"" if n % 3 else f"T{n}, x"}"' for n, i in enumerate(ids)]
    return {
        "connections.csv": _file("pre_root_id,post_root_id,neuropil,syn_count,nt_type", rows),
        "classification.csv": _file("root_id,flow,super_class,class,sub_class,cell_type,side", classes, "\r\n"),
        "neurons.csv": _file("root_id,group,nt_type,nt_type_score,da_avg,ach_avg", scores),
        "consolidated_cell_types.csv": _file("root_id,primary_type,additional_type(s)", cell_types),
        "target_neurons.csv": _file("root_id", [str(i) for i in ids]),
    }


def published(folder: Path) -> dict[str, bytes]:
    """Return the first rows of files in a folder of published data (its README lists them)."""
    names = [
        "flywire_v783/neurons.csv.gz", "flywire_v783/consolidated_cell_types.csv.gz",
        "flywire_v630_olfactory/connections.csv.gz",
        "flywire_v630_olfactory/classification.csv.gz", "flywire_v630_olfactory/target_neurons.csv",
    ]  # fmt: skip
    renamed = {
        "flywire_v783/al_ln_to_pn_connections.csv.gz": "flywire_v783/connections.csv",
        "flywire_v447_sample/syn_proof_analysis_filtered_447.csv": "flywire_v447_sample/connections.csv",
        "flywire_v783/classification_2024-05.csv.gz": "flywire_v783/classification.csv",
        "larva/edges_by_type.csv.gz": "larva/connections.csv",
    }
    return {renamed.get(name, name): _beginning(folder / name) for name in [*names, *renamed]}


def _file(header: str, rows: list[str], end: str = "\n") -> bytes:
    return end.join([header, *rows, ""]).encode()


def _beginning(path: Path) -> bytes:
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as text:
        return b"".join(islice(text, 301))
