#include "front/connection_set.h"

#include <utility>

namespace ovserve::front {

void ConnectionSet::add(std::unique_ptr<Connection> connection) {
  connection->place_in_set = connections_.size();
  connections_.push_back(std::move(connection));
}

void ConnectionSet::remove(Connection& connection) {
  const std::size_t place = connection.place_in_set;
  auto removed = std::move(connections_[place]);
  if (place + 1 < connections_.size()) {
    connections_[place] = std::move(connections_.back());
    connections_[place]->place_in_set = place;
  }
  connections_.pop_back();
  loop_.release(std::move(removed));
  retract();
}

// Backwards: a connection that goes is replaced by the last one, which has been seen.
void ConnectionSet::check_time() {
  for (std::size_t i = connections_.size(); i-- > 0;) connections_[i]->check_time();
}

void ConnectionSet::drain() {
  for (std::size_t i = connections_.size(); i-- > 0;) connections_[i]->drain();
}

void ConnectionSet::close_all() {
  for (std::size_t i = connections_.size(); i-- > 0;) connections_[i]->close();
}

}  // namespace ovserve::front
