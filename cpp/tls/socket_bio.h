#pragma once

#include <openssl/bio.h>

namespace ovserve::tls {

/// A BIO on a socket that stays its owner's. Unlike OpenSSL's own it sends with MSG_NOSIGNAL: a peer that is gone is an
/// error of the write, and never a SIGPIPE that ends the process. Throws Error if there is no memory.
BIO* new_socket_bio(int socket);

}  // namespace ovserve::tls
