// Sends messages as they are to one gRPC method and prints what comes back; arguments and output are those of
// ../cpp_client/client.cpp.

'use strict';

const fs = require('fs');
const grpc = require('@grpc/grpc-js');

const GZIP = 2; // grpc.default_compression_algorithm

function readArguments([target, method, kind, ...words]) {
  const given = {target, method, isStream: kind === 'stream', metadata: new grpc.Metadata(), channel: {}, call: {}, messages: []};
  while (words.length > 0) {
    const word = words.shift();
    if (word === '--deadline-ms') {
      given.call.deadline = Date.now() + Number(words.shift());
    } else if (word === '--gzip') {
      given.channel['grpc.default_compression_algorithm'] = GZIP;
    } else if (word === '--metadata') {
      const [key, ...value] = words.shift().split('=');
      given.metadata.set(key, value.join('='));
    } else {
      given.messages.push(fs.readFileSync(word));
    }
  }
  return given;
}

const asItIs = (bytes) => bytes;
const printReply = (reply) => console.log(`reply ${reply.toString('hex')}`);

function callUnary(client, {method, metadata, call, messages}, end) {
  client.makeUnaryRequest(method, asItIs, asItIs, messages[0], metadata, call, (error, reply) => {
    if (error === null) printReply(reply);
    end(error ?? {code: 0, details: ''});
  });
}

// The next message goes out when the reply to the last one has come.
function callStream(client, {method, metadata, call, messages}, end) {
  const stream = client.makeBidiStreamRequest(method, asItIs, asItIs, metadata, call);
  const sendNext = () => (messages.length > 0 ? stream.write(messages.shift()) : stream.end());
  stream.on('data', (reply) => {
    printReply(reply);
    sendNext();
  });
  stream.on('error', () => {}); // told again as status
  stream.on('status', end);
  sendNext();
}

const given = readArguments(process.argv.slice(2));
const client = new grpc.Client(given.target, grpc.credentials.createInsecure(), given.channel);
(given.isStream ? callStream : callUnary)(client, given, ({code, details}) => {
  console.log(`code ${code}`);
  console.log(`details ${Buffer.from(details).toString('hex')}`);
  client.close();
});
