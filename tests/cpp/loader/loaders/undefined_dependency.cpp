// A library that a loader needs, and that calls what nobody defines.

extern "C" int function_missing_in_dependency(int);

extern "C" int dependency(int value) { return value < 0 ? function_missing_in_dependency(value) : value; }
