#pragma once

#include <filesystem>

namespace ovserve {

/// Whether all processors are alike and have the same memory near them, so that it does not matter where a thread runs.
/// `devices`: as Linux shows them in /sys/devices; false if it does not.
bool processors_are_alike(const std::filesystem::path& devices);

/// Spares each inference of the CPU device two system calls: OpenVINO has TBB bind the calling thread to the processors
/// of its memory node, and free it again, although on most machines that is all of them. Where it is not, or where the
/// variable HWLOC_THISSYSTEM has been set, nothing is changed. To be called before the first ov::Core.
void leave_threads_unbound();

}  // namespace ovserve
