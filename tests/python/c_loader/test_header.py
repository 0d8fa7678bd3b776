"""The header as Python reads it."""

import os
import re
import subprocess
from pathlib import Path

import ovserve
from ovserve.c_loader import LogLevel, Status, header_path
from ovserve.c_loader.header import interface


def test_the_header_is_the_installed_one() -> None:
    assert header_path() == Path(ovserve.__file__).parent / "include/ovserve/c_loader.h"
    source = Path(__file__).parents[3] / "cpp/include/ovserve/c_loader.h"
    assert header_path().read_bytes() == source.read_bytes()


def test_numbers_are_those_of_the_header() -> None:
    numbers = dict(re.findall(r"OVSERVE_(\w+) = (\d+)", header_path().read_text()))
    assert {f"{status.name}": str(status.value) for status in Status}.items() <= numbers.items()
    assert {f"LOG_{level.name}": str(level.value) for level in LogLevel}.items() <= numbers.items()


def test_sizes_are_those_of_a_compiler(tmp_path: Path) -> None:
    ffi = interface()
    names = [name for name in ffi.list_types()[0] if name.startswith("ovserve_")]
    assert {"ovserve_loader_api", "ovserve_host_api", "ovserve_model", "ovserve_buffer"} <= set(names)
    prints = "".join(f'printf("%zu\\n", sizeof({name}));' for name in names)
    code = f"#include <ovserve/c_loader.h>\n#include <stdio.h>\nint main(void) {{ {prints} return 0; }}\n"
    (tmp_path / "sizes.c").write_text(code)
    include = f"-I{header_path().parents[1]}"
    for compiler in ("gcc", "g++"):  # both read it
        language = ["-x", "c"] if compiler == "gcc" else ["-x", "c++"]
        command = [compiler, *language, "-Wall", "-Werror", "-pedantic", include, "sizes.c", "-o", "sizes"]
        subprocess.run(command, cwd=tmp_path, check=True)
        printed = subprocess.run(
            [os.path.join(tmp_path, "sizes")], check=True, capture_output=True, text=True
        )
        assert [int(line) for line in printed.stdout.split()] == [ffi.sizeof(name) for name in names]
