#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/error.h"
#include "loader/loader.h"
#include "loader/shared_library_loader.h"
#include "loader/standalone_loader_host.h"

namespace ovserve {

/// Path of a library that CMakeLists.txt builds for these tests.
inline std::string library(const std::string& name) { return std::string(LOADERS_DIR) + "/" + name + ".so"; }

inline LoaderConfig loader_config(const std::string& name, const std::string& path,
                                  const std::string& config_file = "") {
  LoaderConfig config;
  config.name = name;
  config.library_path = path;
  config.config_file = config_file;
  return config;
}

/// A loader of a shared library, without a server.
inline std::unique_ptr<Loader> create_loader(const LoaderConfig& config) {
  return SharedLibraryLoaderFactory().create(config, std::make_shared<StandaloneLoaderHost>(config.name));
}

/// A folder of its own for one test, gone afterwards.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "loader_test_XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

inline std::string read_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_bytes(const std::string& path, const std::string& bytes) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

/// Sets an environment variable for one test.
class EnvironmentVariable {
 public:
  EnvironmentVariable(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
  ~EnvironmentVariable() { ::unsetenv(name_); }
  EnvironmentVariable(const EnvironmentVariable&) = delete;
  EnvironmentVariable& operator=(const EnvironmentVariable&) = delete;

 private:
  const char* name_;
};

/// Runs `action`, which must throw Error, and gives its message.
template <typename Action>
std::string error_of(Action&& action, ErrorCode code = ErrorCode::kInternal) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_STREQ(name_of(error.code()), name_of(code));
    return error.what();
  }
  ADD_FAILURE() << "no Error was thrown";
  return "";
}

}  // namespace ovserve
