#include <cstdlib>

// TBB opens one of its libraries with RTLD_DEEPBIND, and the address sanitizer ends a process that does.
// With this variable TBB leaves the flag out; it is read when the first model is compiled.
[[maybe_unused]] static const int kSanitizersEnabled = ::setenv("TBB_ENABLE_SANITIZERS", "1", 0);
