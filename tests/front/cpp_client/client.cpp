// Sends messages as they are to one gRPC method and prints what comes back, a line for each thing:
//
//   client HOST:PORT /SERVICE/METHOD unary|stream [--deadline-ms N] [--gzip] [--metadata KEY=VALUE]... [FILE]...
//
// Each file is a message. A stream sends the next one when the reply to the last one has come. Printed are
// "reply HEX" for each reply, "code NUMBER" and "details HEX".

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

struct Arguments {
  std::string target;
  std::string method;
  bool is_stream = false;
  std::vector<grpc::ByteBuffer> messages;
};

grpc::ByteBuffer read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  const std::string content{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const grpc::Slice slice(content);
  return grpc::ByteBuffer(&slice, 1);
}

Arguments read_arguments(int count, char** values, grpc::ClientContext& context) {
  if (count < 4) throw std::invalid_argument("too few arguments");
  Arguments arguments{values[1], values[2], std::string(values[3]) == "stream", {}};
  for (int i = 4; i < count; ++i) {
    const std::string word = values[i];
    const auto value = [&] {
      if (++i == count) throw std::invalid_argument(word + " needs a value");
      return std::string(values[i]);
    };
    if (word == "--deadline-ms") {
      context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(std::stol(value())));
    } else if (word == "--gzip") {
      context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
    } else if (word == "--metadata") {
      const std::string pair = value();
      context.AddMetadata(pair.substr(0, pair.find('=')), pair.substr(pair.find('=') + 1));
    } else {
      arguments.messages.push_back(read_file(word));
    }
  }
  return arguments;
}

void print_hex(const char* what, const std::string& bytes) {
  std::string line(what);
  line += ' ';
  for (const char byte : bytes) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned>(static_cast<unsigned char>(byte)));
    line += digits;
  }
  std::cout << line << '\n';
}

void print_reply(const grpc::ByteBuffer& reply) {
  std::vector<grpc::Slice> slices;
  if (!reply.Dump(&slices).ok()) throw std::runtime_error("a reply cannot be read");
  std::string bytes;
  for (const grpc::Slice& slice : slices) bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  print_hex("reply", bytes);
}

// Waits for the one operation that is under way; false if the call has come to its end.
bool wait(grpc::CompletionQueue& queue) {
  void* tag = nullptr;
  bool ok = false;
  return queue.Next(&tag, &ok) && ok;
}

grpc::Status call_unary(grpc::GenericStub& stub, grpc::ClientContext& context, const Arguments& arguments) {
  grpc::CompletionQueue queue;
  grpc::ByteBuffer reply;
  grpc::Status status;
  const auto call = stub.PrepareUnaryCall(&context, arguments.method, arguments.messages.at(0), &queue);
  call->StartCall();
  call->Finish(&reply, &status, nullptr);
  wait(queue);
  if (status.ok()) print_reply(reply);
  return status;
}

grpc::Status call_stream(grpc::GenericStub& stub, grpc::ClientContext& context, const Arguments& arguments) {
  grpc::CompletionQueue queue;
  const auto call = stub.PrepareCall(&context, arguments.method, &queue);
  call->StartCall(nullptr);
  bool goes_on = wait(queue);
  for (std::size_t i = 0; goes_on && i < arguments.messages.size(); ++i) {
    call->Write(arguments.messages[i], nullptr);
    if (!wait(queue)) break;
    grpc::ByteBuffer reply;
    call->Read(&reply, nullptr);
    goes_on = wait(queue);
    if (goes_on) print_reply(reply);
  }
  if (goes_on) {
    call->WritesDone(nullptr);
    wait(queue);
    grpc::ByteBuffer none;
    call->Read(&none, nullptr);
    if (wait(queue)) throw std::runtime_error("a reply too many");
  }
  grpc::Status status;
  call->Finish(&status, nullptr);
  wait(queue);
  return status;
}

}  // namespace

int main(int count, char** values) {
  try {
    grpc::ClientContext context;
    const Arguments arguments = read_arguments(count, values, context);
    grpc::GenericStub stub(grpc::CreateChannel(arguments.target, grpc::InsecureChannelCredentials()));
    const grpc::Status status =
        arguments.is_stream ? call_stream(stub, context, arguments) : call_unary(stub, context, arguments);
    std::cout << "code " << status.error_code() << '\n';
    print_hex("details", status.error_message());
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
