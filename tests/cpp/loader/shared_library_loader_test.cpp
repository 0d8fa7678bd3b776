#include "loader/shared_library_loader.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "loader/shared_library.h"
#include "loader_fixtures.h"

namespace ovserve {
namespace {

std::unique_ptr<Loader> create(const std::string& path, const std::string& config_file = "") {
  return create_loader(loader_config("x", path, config_file));
}

std::string text_of(const ModelBuffers& buffers) {
  return {reinterpret_cast<const char*>(buffers.model.data), buffers.model.size};
}

// The counters that plain_loader.cpp keeps in every library made of it.
int calls(const std::string& name, const char* counter) {
  return SharedLibrary::open(library(name), "createCustomLoader")->find<int()>(counter)();
}

TEST(SharedLibraryLoaderFactory, PassesArgumentsOnAsTheyAre) {
  const auto loader = create(library("plain_loader"));
  const std::string options = R"({"loader_name":"x","nested":{"a":[1,2.5,null]},"flag":true})";
  EXPECT_EQ(text_of(loader->load({"m", "models/m/", 7, options})), "m|models/m/|7|" + options);
}

TEST(SharedLibraryLoaderFactory, HandsTheConfigFileOverAsWritten) {
  const std::string message = error_of([] { create(library("plain_loader"), "refuse"); });
  EXPECT_EQ(message, "custom loader \"x\": loaderInit of library \"" + library("plain_loader") +
                         "\" returned INTERNAL_ERROR (6)");
}

TEST(SharedLibraryLoaderFactory, NamesLoaderLibraryAndReason) {
  const TemporaryFolder folder;
  const std::string missing = folder / "missing.so";
  EXPECT_EQ(error_of([&] { create(missing); }),
            "custom loader \"x\": library \"" + missing + "\": the file does not exist");
  const std::string mangled = library("mangled_factory");
  EXPECT_EQ(error_of([&] { create(mangled); }),
            "custom loader \"x\": library \"" + mangled +
                "\": it exports no function createCustomLoader; it has a C++ function of that name: declare it "
                "extern \"C\"");
}

TEST(SharedLibraryLoaderFactory, ReportsAFactoryThatFails) {
  const std::string prefix = "custom loader \"x\": createCustomLoader of library \"" + library("hostile_loader") + "\"";
  const auto failure = [](const std::string& behaviour) {
    const EnvironmentVariable factory("HOSTILE_LOADER_FACTORY", behaviour);
    return error_of([] { create(library("hostile_loader")); });
  };
  EXPECT_EQ(failure("null"), prefix + " returned null");
  EXPECT_EQ(failure("throw_std"), prefix + " threw: boom");
  EXPECT_EQ(failure("throw_int"), prefix + " threw: an exception of type int: 42");
  EXPECT_NE(create(library("hostile_loader")), nullptr);
}

TEST(SharedLibraryLoaderFactory, ReportsInitThatFailsAndDestroysTheObject) {
  const TemporaryFolder folder;
  const std::string log = folder / "calls";
  const std::string prefix = "custom loader \"x\": loaderInit of library \"" + library("hostile_loader") + "\"";
  const auto failure = [&](const std::string& behaviour) {
    return error_of([&] { create(library("hostile_loader"), "init=" + behaviour + ";call_log=" + log); });
  };
  EXPECT_EQ(failure("return_1"), prefix + " returned MODEL_TYPE_IR (1)");
  EXPECT_EQ(failure("return_12"), prefix + " returned 12, which is no CustomLoaderStatus");
  EXPECT_EQ(failure("throw_std"), prefix + " threw: boom");
  EXPECT_EQ(failure("throw_custom"), prefix + " threw: an exception of type (anonymous namespace)::CustomException");
  EXPECT_NE(read_bytes(log).find("< destructor"), std::string::npos);
  EXPECT_EQ(read_bytes(log).find("loaderDeInit"), std::string::npos);
}

TEST(SharedLibraryLoaderFactory, UsesTheDestructorWithoutDestroyFunction) {
  const int before = calls("plain_loader", "destructor_calls");
  create(library("plain_loader")).reset();
  EXPECT_EQ(calls("plain_loader", "destructor_calls"), before + 1);
  EXPECT_EQ(calls("plain_loader", "destroy_calls"), 0);
}

TEST(SharedLibraryLoaderFactory, UsesTheDestroyFunctionIfExported) {
  create(library("destroying_loader")).reset();
  EXPECT_EQ(calls("destroying_loader", "destroy_calls"), 1);
  EXPECT_EQ(calls("destroying_loader", "destructor_calls"), 1);
  error_of([] { create(library("destroying_loader"), "refuse"); });
  EXPECT_EQ(calls("destroying_loader", "destroy_calls"), 2);
}

TEST(SharedLibraryLoaderFactory, LogsADestroyFunctionThatThrows) {
  std::vector<std::string> lines;
  set_log_sink([&](LogLevel, std::string_view, std::string_view text) { lines.emplace_back(text); });
  create(library("destroy_throws")).reset();
  set_log_sink({});
  EXPECT_EQ(lines, std::vector<std::string>{"custom loader \"x\": destroyCustomLoader threw: destroy boom"});
}

TEST(SharedLibraryLoaderFactory, MakesAnObjectPerName) {
  const TemporaryFolder folder;
  const std::string log = folder / "calls";
  const auto first = create_loader(loader_config("a", library("hostile_loader"), "call_log=" + log));
  const auto second = create_loader(loader_config("b", library("hostile_loader"), "call_log=" + log));
  const std::string text = read_bytes(log);
  const auto object = [&](std::size_t at) { return text.substr(at, text.find(' ', at) - at); };
  const auto one = text.find("object=");
  const auto other = text.rfind("object=");
  EXPECT_NE(object(one), object(other));
}

TEST(SharedLibraryLoaderFactory, KeysFollowLinksToTheFile) {
  const TemporaryFolder folder;
  write_bytes(folder / "real.so", "x");
  std::filesystem::create_symlink("real.so", folder / "link.so");
  const SharedLibraryLoaderFactory factory;
  const std::string real = std::filesystem::canonical(folder / "real.so").string();
  EXPECT_EQ(factory.library_key(loader_config("a", folder / "real.so")), real);
  EXPECT_EQ(factory.library_key(loader_config("b", folder / "link.so")), real);
  EXPECT_EQ(factory.library_key(loader_config("c", folder / "./sub/../real.so")), folder / "real.so");
}

TEST(SharedLibraryLoaderFactory, KeysOfWhatIsNotThereAreTheirOwnNames) {
  const SharedLibraryLoaderFactory factory;
  EXPECT_EQ(factory.library_key(loader_config("a", "/no/./such/../file.so")), "/no/file.so");
  EXPECT_EQ(factory.library_key(loader_config("a", "relative/file.so")),
            (std::filesystem::current_path() / "relative/file.so").string());
  EXPECT_EQ(factory.library_key(loader_config("a", "libplain.so")), "libplain.so");
}

}  // namespace
}  // namespace ovserve
