#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <utility>

#include "front/memory_budget.h"
#include "front/server_options.h"

namespace ovserve::front {

/// Holds the place of one connection until it is destroyed.
class ConnectionPlace {
 public:
  explicit ConnectionPlace(MemoryBudget& places) noexcept : places_(&places) {}
  ~ConnectionPlace() {
    if (places_ != nullptr) places_->give_back(1);
  }
  ConnectionPlace(ConnectionPlace&& other) noexcept : places_(std::exchange(other.places_, nullptr)) {}
  ConnectionPlace& operator=(ConnectionPlace&&) = delete;
  ConnectionPlace(const ConnectionPlace&) = delete;
  ConnectionPlace& operator=(const ConnectionPlace&) = delete;

 private:
  MemoryBudget* places_;
};

/// The connections that there may be: so many for the addresses of gRPC, for those of HTTP and for those of
/// both, so that the clients of one port cannot keep out those of the other. Thread-safe.
class ConnectionPlaces {
 public:
  explicit ConnectionPlaces(std::size_t most)
      : places_{MemoryBudget(most), MemoryBudget(most), MemoryBudget(most), MemoryBudget(most)} {}

  /// None if all are taken.
  std::optional<ConnectionPlace> take(Protocols protocols) noexcept {
    MemoryBudget& places = places_[(protocols.grpc ? 1U : 0U) + (protocols.http ? 2U : 0U)];
    if (!places.take(1)) return std::nullopt;
    return std::optional<ConnectionPlace>(std::in_place, places);
  }

 private:
  std::array<MemoryBudget, 4> places_;
};

}  // namespace ovserve::front
