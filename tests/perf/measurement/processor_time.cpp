#include "measurement/processor_time.h"

#include <ctime>
#include <fstream>
#include <string>
#include <system_error>

namespace ovserve::bench {
namespace {

std::chrono::nanoseconds read_clock(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

// Counts all threads, ended ones too, in nanoseconds; /proc/PID/stat would count in ticks of 10 ms.
std::chrono::nanoseconds of_process(pid_t process) {
  clockid_t clock{};
  if (const int error = clock_getcpuclockid(process, &clock); error != 0) {
    throw std::system_error(error, std::generic_category(), "processor time of process " + std::to_string(process));
  }
  return read_clock(clock);
}

std::chrono::nanoseconds waiting_of_this_thread() {
  long long running = 0;
  long long waiting = 0;
  std::ifstream("/proc/thread-self/schedstat") >> running >> waiting;
  return std::chrono::nanoseconds(waiting);
}

}  // namespace

ProcessorTime processor_time(const std::vector<pid_t>& watched) {
  ProcessorTime time;
  time.own = read_clock(CLOCK_THREAD_CPUTIME_ID);
  time.own_waiting = waiting_of_this_thread();
  for (const pid_t process : watched) time.watched += of_process(process);
  return time;
}

}  // namespace ovserve::bench
