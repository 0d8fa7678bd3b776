// A shared library that is no OpenVINO extension: it makes none.

extern "C" int answer() { return 42; }
