#include "loader/shared_library.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include "loader_fixtures.h"

namespace ovserve {
namespace {

std::string refusal(const std::string& path) {
  const std::string message = error_of([&] { SharedLibrary::open(path, "createCustomLoader"); });
  const std::string prefix = "library \"" + path + "\": ";
  EXPECT_EQ(message.find(prefix), 0U) << message;
  return message.substr(std::min(prefix.size(), message.size()));
}

TEST(SharedLibrary, FindsFunctions) {
  const auto opened = SharedLibrary::open(library("plain_loader"), "createCustomLoader");
  EXPECT_EQ(opened->path(), library("plain_loader"));
  auto* calls = opened->find<int()>("destructor_calls");
  ASSERT_NE(calls, nullptr);
  EXPECT_GE(calls(), 0);
  EXPECT_EQ(opened->find<int()>("no_such_function"), nullptr);
}

TEST(SharedLibrary, KeepsItsNamesToItself) {
  const auto opened = SharedLibrary::open(library("plain_loader"), "createCustomLoader");
  EXPECT_EQ(::dlsym(RTLD_DEFAULT, "destructor_calls"), nullptr);
}

TEST(SharedLibrary, StaysMapped) {
  {
    SharedLibrary::open(library("destroying_loader"), "createCustomLoader");
  }
  void* handle = ::dlopen(library("destroying_loader").c_str(), RTLD_LAZY | RTLD_NOLOAD);
  EXPECT_NE(handle, nullptr);
  if (handle != nullptr) ::dlclose(handle);
}

TEST(SharedLibrary, NamesWhatCannotBeOpened) {
  const TemporaryFolder folder;
  write_bytes(folder / "text.so", "this is a text and no library, and long enough for an ELF header to fit in");
  write_bytes(folder / "empty.so", "");
  write_bytes(folder / "cut.so", read_bytes(library("plain_loader")).substr(0, 5000));
  EXPECT_EQ(refusal(folder / "missing.so"), "the file does not exist");
  EXPECT_EQ(refusal(folder.path()), "it is not a file, but a folder or a device");
  EXPECT_EQ(refusal(folder / "text.so"), "it is not a shared library (not in ELF format)");
  EXPECT_EQ(refusal(folder / "empty.so"), "the file is empty");
  EXPECT_NE(refusal(folder / "cut.so").find("the file is cut off"), std::string::npos);
  EXPECT_EQ(refusal(""), "this is no file name");
  EXPECT_NE(refusal("libnowhere_to_be_found.so").find("cannot open shared object file"), std::string::npos);
}

TEST(SharedLibrary, LooksForPlainNamesWhereTheDynamicLinkerDoes) {
  EXPECT_EQ(refusal("libm.so.6"), "it exports no function createCustomLoader: define it, and declare it extern \"C\"");
}

TEST(SharedLibrary, NamesAProgram) { EXPECT_NE(refusal("/proc/self/exe"), ""); }

TEST(SharedLibrary, NamesUndefinedFunctions) {
  const std::string reason =
      "undefined symbols: function_that_nobody_defines, other_function_that_nobody_defines: link the library that "
      "defines it, and check with ldd -r";
  EXPECT_EQ(refusal(library("undefined_function")), reason);
  // Again: whether the first attempt left the library in memory or not must not matter.
  EXPECT_EQ(refusal(library("undefined_function")), reason);
}

TEST(SharedLibrary, RefusesALibraryAgainThatCannotBeUnmapped) {
  EXPECT_NE(refusal(library("undefined_and_stays")).find("undefined symbols"), std::string::npos);
  void* handle = ::dlopen(library("undefined_and_stays").c_str(), RTLD_LAZY | RTLD_NOLOAD);
  ASSERT_NE(handle, nullptr) << "it was unmapped, so this proves nothing";
  ::dlclose(handle);
  EXPECT_NE(refusal(library("undefined_and_stays")).find("undefined symbols"), std::string::npos);
}

TEST(SharedLibrary, NamesUndefinedFunctionsOfALibraryThatItNeeds) {
  EXPECT_EQ(
      refusal(library("calls_undefined_dependency")),
      "undefined symbol: function_missing_in_dependency: link the library that defines it, and check with ldd -r");
}

TEST(SharedLibrary, NamesUndefinedData) {
  EXPECT_EQ(refusal(library("undefined_data")),
            "undefined symbol: data_that_nobody_defines: link the library that defines it, and check with ldd -r");
}

TEST(SharedLibrary, NamesTheOldStringAbi) {
  EXPECT_NE(refusal(library("old_string_abi")).find("_GLIBCXX_USE_CXX11_ABI=0"), std::string::npos);
}

TEST(SharedLibrary, NamesAMissingFunction) {
  EXPECT_EQ(refusal(library("no_factory")),
            "it exports no function createCustomLoader: define it, and declare it extern \"C\"");
}

TEST(SharedLibrary, OpensARebuiltLibraryUnderTheSameName) {
  const TemporaryFolder folder;
  const std::string path = folder / "loader.so";
  write_bytes(path, read_bytes(library("no_factory")));
  EXPECT_NE(refusal(path).find("exports no function"), std::string::npos);
  std::filesystem::remove(path);
  write_bytes(path, read_bytes(library("plain_loader")));
  EXPECT_NE(SharedLibrary::open(path, "createCustomLoader")->find<int()>("destroy_calls"), nullptr);
}

}  // namespace
}  // namespace ovserve
