#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "loader/loader_host.h"
#include "ovserve/c_loader.h"

namespace ovserve {

/// The table of functions that every loader of the C interface gets. They take numbers instead of pointers, which are
/// looked up: a loader that uses one for too long, or makes one up, reaches nothing.
const ovserve_host_api& c_host_api() noexcept;

/// Text of a loader that may have forgotten the zero at its end, cut off after 1000 bytes and printable.
std::string bounded_text(const char* text, std::size_t room);

/// One loader's number, valid while this object lives.
class CHostRegistration {
 public:
  explicit CHostRegistration(std::shared_ptr<LoaderHost> host);
  ~CHostRegistration();

  CHostRegistration(const CHostRegistration&) = delete;
  CHostRegistration& operator=(const CHostRegistration&) = delete;

  ovserve_host id() const noexcept { return id_; }
  const std::shared_ptr<LoaderHost>& host() const noexcept { return host_; }

 private:
  const std::shared_ptr<LoaderHost> host_;
  const ovserve_host id_;
};

/// One call's number, valid until the call returns.
class CCallRegistration {
 public:
  CCallRegistration(const CHostRegistration& loader, std::string model, std::int64_t version);
  ~CCallRegistration();

  CCallRegistration(const CCallRegistration&) = delete;
  CCallRegistration& operator=(const CCallRegistration&) = delete;

  ovserve_call id() const noexcept { return id_; }

 private:
  const ovserve_call id_;
};

}  // namespace ovserve
