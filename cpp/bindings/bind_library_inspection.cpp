#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <string>
#include <vector>

#include "base/printable_text.h"
#include "bindings/bindings.h"
#include "loader/custom_loader_adapter.h"
#include "loader/elf_inspection.h"
#include "loader/loader_call.h"
#include "loader/missing_function.h"
#include "loader/shared_library.h"
#include "loader/string_abi.h"

namespace py = pybind11;
using namespace py::literals;

namespace ovserve {
namespace {

using ReleaseGil = py::call_guard<py::gil_scoped_release>;

struct LibrarySymbol {
  std::string name;
  bool defined = false;
  bool exported = false;
};

// Names are what a compiler wrote, or a forger: whatever is no text is escaped.
std::vector<LibrarySymbol> symbols_of(const std::string& path, bool debugging) {
  std::vector<LibrarySymbol> symbols;
  visit_symbols(path, debugging ? SymbolTable::kFull : SymbolTable::kDynamic, [&](const ElfSymbol& symbol) {
    symbols.push_back({printable_text(symbol.name), symbol.defined, symbol.exported});
  });
  return symbols;
}

// The server makes and initialises in one step; who looks for a fault wants to know which of them it was.
void make_and_destroy(const std::string& path) {
  constexpr const char* kFactory = "createCustomLoader";
  const std::shared_ptr<const SharedLibrary> library = SharedLibrary::open(path, kFactory);
  auto* factory = library->find<ovms::createCustomLoader_t>(kFactory);
  const LoaderCall call(path, kFactory);
  const CustomLoaderObject object(call.run([&] { return factory(); }), CustomLoaderDeleter(path, library));
  if (object == nullptr) call.fail(" returned null");
}

}  // namespace

void bind_library_inspection(py::module_& m) {
  py::class_<LibrarySymbol>(m, "LibrarySymbol", "A name in a library's symbol table.")
      .def_readonly("name", &LibrarySymbol::name)
      .def_readonly("defined", &LibrarySymbol::defined)
      .def_readonly("exported", &LibrarySymbol::exported);
  m.def("reason_not_loadable", &reason_not_loadable, "path"_a, ReleaseGil());
  m.def("reason_of_other_string_abi", &reason_of_other_string_abi, "path"_a, ReleaseGil());
  m.def("library_symbols", &symbols_of, "path"_a, "debugging"_a = false, ReleaseGil());
  m.def("advice_on_missing_function", &advice_on_missing_function, "path"_a, "function"_a, ReleaseGil());
  m.def("make_and_destroy_loader", &make_and_destroy, "path"_a, ReleaseGil());
}

}  // namespace ovserve
