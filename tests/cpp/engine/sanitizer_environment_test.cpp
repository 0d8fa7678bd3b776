#include <cstdlib>

// TBB opens one of its libraries with RTLD_DEEPBIND, and the address sanitizer ends a process that does.
// With this variable TBB leaves the flag out; it is read when the first model is compiled.
[[maybe_unused]] static const int kSanitizersEnabled = ::setenv("TBB_ENABLE_SANITIZERS", "1", 0);

// At exit TBB's threads may still hold what they were given: a few bytes of TBB's own, on some runs. The
// leak checker asks this function; in other builds nobody calls it.
// NOLINTNEXTLINE(bugprone-reserved-identifier)
extern "C" __attribute__((visibility("default"))) const char* __lsan_default_suppressions() {
  return "leak:libtbb.so\nleak:libtbbbind\n";
}
