#pragma once

#include <pybind11/pybind11.h>

#include <memory>
#include <string>

#include "loader/loader.h"

namespace ovserve {

/// The Loader behind which an object of user code in Python works. Called without the GIL, from any
/// thread but from one at a time, as Loader says; destroyed likewise.
///
/// The Python class GuardedLoader (ovserve/loaders/guarded_loader.py) stands between the two: it stops
/// every exception and judges every answer. What it lets through is one line of text.
///
/// Buffers are the memory that the loader gave: each holds Python's view of it until the last copy of
/// the Buffer goes, on whatever thread that is. When Python has ended by then, the view is left alone.
class PythonLoader final : public Loader {
 public:
  /// Makes and initialises the object. Throws Error(kInternal) saying why that was not possible.
  explicit PythonLoader(const LoaderConfig& config);
  ~PythonLoader() override;

  PythonLoader(const PythonLoader&) = delete;
  PythonLoader& operator=(const PythonLoader&) = delete;

  ModelBuffers load(const LoadRequest& request) override;
  BlacklistStatus blacklist_status(const std::string& model_name, std::int64_t version) override;
  void unload(const std::string& model_name, std::int64_t version) override;
  void retire(const std::string& model_name) override;
  void deinit() override;

 private:
  const std::string name_;
  PyObject* guarded_ = nullptr;  // owned, never null once made
};

}  // namespace ovserve
