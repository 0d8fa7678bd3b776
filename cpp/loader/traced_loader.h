#pragma once

#include <memory>
#include <string>
#include <utility>

#include "loader/loader.h"
#include "loader/loader_trace.h"

namespace ovserve {

/// Makes the loaders of another factory and notes in a trace what is asked of them, their making included.
class TracedLoaderFactory final : public LoaderFactory {
 public:
  /// `factory` must outlive this object.
  TracedLoaderFactory(LoaderFactory& factory, std::shared_ptr<LoaderTrace> trace)
      : factory_(factory), trace_(std::move(trace)) {}

  std::string library_key(const LoaderConfig& config) const override { return factory_.library_key(config); }
  std::unique_ptr<Loader> create(const LoaderConfig& config, std::shared_ptr<LoaderHost> host) override;

 private:
  LoaderFactory& factory_;
  const std::shared_ptr<LoaderTrace> trace_;
};

}  // namespace ovserve
