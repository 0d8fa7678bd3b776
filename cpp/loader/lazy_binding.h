#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace ovserve {

/// The libraries of this process, by where they lie in memory.
using LoadedLibraries = std::set<std::uintptr_t>;

LoadedLibraries loaded_libraries();

/// Functions that an opened library, or a library it brought along, calls but that nobody defines.
///
/// With lazy binding such a library opens all right, and the dynamic linker ends the process at the
/// first call. `handle` is dlopen's; libraries in `before` (taken ahead of dlopen) are not looked
/// at, since they were bound in another surrounding. Never throws for odd libraries: what cannot be
/// judged counts as defined.
std::vector<std::string> undefined_functions(void* handle, const LoadedLibraries& before);

}  // namespace ovserve
