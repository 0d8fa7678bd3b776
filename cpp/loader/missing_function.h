#pragma once

#include <string>

namespace ovserve {

/// What to tell the author of a library that does not export `function` with C linkage: where it
/// went, as far as the symbol tables of `file` show, and what to do. Completes
/// `it exports no function f`.
std::string advice_on_missing_function(const std::string& file, const std::string& function);

/// Whether the library has a function of that name which is hidden or a C++ function.
bool is_there_in_another_form(const std::string& file, const std::string& function);

}  // namespace ovserve
