#pragma once

#include <memory>
#include <string>
#include <utility>

#include "metrics/metrics.h"
#include "repository/repository_observer.h"

namespace ovserve {

/// Counts what the repository tells, so that neither it nor the metrics know each other.
class RepositoryMeter : public RepositoryObserver {
 public:
  explicit RepositoryMeter(std::shared_ptr<Metrics> metrics) : metrics_(std::move(metrics)) {}

  void model_configured(const std::string& model) noexcept override;
  void model_removed(const std::string& model) noexcept override;
  void load_began(const std::string& model, Version version) noexcept override;
  void load_done(const std::string& model, Version version, Duration took) noexcept override;
  void load_failed(const std::string& model, Version version) noexcept override;
  void blacklisted(const std::string& model, Version version, bool is_blacklisted) noexcept override;
  void loader_called(const std::string& loader, const char* function, bool succeeded, Duration took) noexcept override;

 private:
  std::shared_ptr<Metrics> metrics_;
};

}  // namespace ovserve
