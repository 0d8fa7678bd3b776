import json
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovserve.errors import ConfigurationError
from ovserve.ts_config.properties import Property, decoded, format_property, parse_properties

DOCUMENT = r"""
# a comment \
! another
  # and one that is indented
a=1
b : 2
c 3
   d	=	4
e
f=
g = with = and : and # within
h=one,\
   two,\
	three
windows=C\:\\models\\\
  rest
key\ with\=odd\:signs value
tab\tkey=line\nbreak\r\f\q
unicode=\u00e4\u20AC \ud83d\ude00
twice=first
twice=second
end\\=even
==equals
:=colon
\#no=comment
trailing=blanks are kept@@
a\
=joined
\
blank=after a lone backslash
lone=\

after=a blank continuation
last=\
""".replace("@", " ")


def pairs(text: str) -> dict[str, str]:
    return {entry.key: entry.value for entry in parse_properties(text)}


def test_every_form() -> None:
    assert pairs(DOCUMENT) == {
        "a": "joined",
        "b": "2",
        "c": "3",
        "d": "4",
        "e": "",
        "f": "",
        "g": "with = and : and # within",
        "h": "one,two,three",
        "windows": "C:\\models\\rest",
        "key with=odd:signs": "value",
        "tab\tkey": "line\nbreak\r\fq",
        "unicode": "ä€ \U0001f600",
        "twice": "second",
        "end\\": "even",
        "": "=colon",
        "#no": "comment",
        "trailing": "blanks are kept  ",
        "blank": "after a lone backslash",
        "lone": "",
        "after": "a blank continuation",
        "last": "",
    }


JAVA_READER = """
import java.io.*;
import java.nio.charset.StandardCharsets;
import java.util.*;
public class Reader {
  static void hex(String text) {
    for (int i = 0; i < text.length(); i++) System.out.printf("%04x", (int) text.charAt(i));
  }
  public static void main(String[] files) throws Exception {
    for (String file : files) {
      Properties all = new Properties();
      try (java.io.Reader in = new InputStreamReader(new FileInputStream(file), StandardCharsets.UTF_8)) {
        all.load(in);
      }
      for (String key : new TreeSet<>(all.stringPropertyNames())) {
        hex(key); System.out.print(" "); hex(all.getProperty(key)); System.out.print(";");
      }
      System.out.println();
    }
  }
}
"""


@pytest.mark.skipif(shutil.which("javac") is None, reason="no Java compiler to compare with")
def test_java_reads_the_same(tmp_path: Path) -> None:
    documents = [
        DOCUMENT,
        DOCUMENT.replace("\n", "\r\n"),
        DOCUMENT.replace("\n", "\r"),
        "\\",
        "a\\\n",
        "a=\\\n\\\n\\\n  b",
        "a=b\\\n#c",
        "\\\n#c=d",
        "\\\n\\",
        "a=\\\n\\\n=",
        "a=b\\",
        "a=b\\\n\\",
        "a\\\r\n\r\nb",
        "\\\n\n# c\nd",
        "a\f=\f b",
        "a  : = b",
        "a\\u0020b=c\\u000ad",
        "#" + format_property("a: #", " \n=\\ä\U0001f600\x7f "),
        format_property("a: #", " \n=\\ä\U0001f600\x7f "),
        "\x0b=a\xa0 ",
        "\x85a=b\u2028c=d",
    ]
    (tmp_path / "Reader.java").write_text(JAVA_READER)
    files = [tmp_path / f"{number}.properties" for number in range(len(documents))]
    for file, document in zip(files, documents, strict=True):
        file.write_bytes(document.encode())
    answer = subprocess.run(
        ["java", str(tmp_path / "Reader.java"), *map(str, files)],
        capture_output=True,
        text=True,
        check=True,
    )

    def hexed(text: str) -> str:
        return text.encode("utf-16-be").hex()

    for line, document in zip(answer.stdout.splitlines(), documents, strict=True):
        read = {tuple(entry.split(" ")) for entry in line.split(";") if entry}
        assert read == {(hexed(key), hexed(value)) for key, value in pairs(document).items()}, json.dumps(
            document
        )


def test_entries_know_their_line() -> None:
    assert parse_properties("#\n\na=1\\\n2\nb=3") == (Property("a", "12", 3), Property("b", "3", 5))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a=1\nb=\\u12", r'line 2: \\u needs four hexadecimal digits, got "12"'),
        ("path=C:\\users", r'line 1: \\u needs four hexadecimal digits, got "sers"'),
        ("a=\\u+123", r"line 1: \\u needs four"),
        ("a=\\ud800", "line 1: half of a surrogate pair"),
    ],
)
def test_refuses(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        parse_properties(text)


def test_text_is_utf_8_or_latin_1() -> None:
    assert decoded("ä".encode()) == "ä"
    assert decoded(b"\xef\xbb\xbfa") == "a"
    assert decoded("ä".encode("iso-8859-1")) == "ä"


characters = st.characters(exclude_categories=["Cs"])


@given(st.dictionaries(st.text(characters), st.text(characters), max_size=5))
def test_what_is_written_is_read_again(entries: dict[str, str]) -> None:
    text = "".join(f"{format_property(key, value)}\n" for key, value in entries.items())
    assert text.isascii()
    assert pairs(text) == entries


@given(st.text(st.sampled_from("ab\\u01=: \t\n\r\f#!é")))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        entries = parse_properties(text)
    except ConfigurationError:
        return
    assert all(1 <= entry.line <= len(text) + 1 for entry in entries)
