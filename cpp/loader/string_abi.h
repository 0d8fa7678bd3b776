#pragma once

#include <optional>
#include <string>

namespace ovserve {

/// Why the std::string of a loader library is not the one that the loader interface passes, with
/// the way out, as a sentence that completes `library "x": `; nothing if no sign of it was found.
///
/// A guess from the names in the symbol table, which carry the parameter types: a library stripped
/// of all names passes.
std::optional<std::string> reason_of_other_string_abi(const std::string& path);

}  // namespace ovserve
