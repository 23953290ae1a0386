// An HTTPS origin that speaks HTTP/2 and HTTP/1.1, and echoes the bytes of a WebSocket on both.
// usage: node websocket_origin.js PORT CERTIFICATE KEY (offer|withhold)
// It wants /http1-only in HTTP/1.1. "offer": HTTP/2 announces extended CONNECT. Each request is
// printed as a line of JSON.
"use strict";

const crypto = require("crypto");
const fs = require("fs");
const http2 = require("http2");

const [port, certificate, key, offer] = process.argv.slice(2);
const acceptSuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

const server = http2.createSecureServer({
  cert: fs.readFileSync(certificate),
  key: fs.readFileSync(key),
  allowHTTP1: true,
  settings: { enableConnectProtocol: offer === "offer" },
});

function report(entry) {
  process.stdout.write(JSON.stringify({ event: "asked", ...entry }) + "\n");
}

server.on("request", (request, response) => {
  report({ version: request.httpVersion, path: request.url });
  if (request.url === "/http1-only" && request.httpVersion === "2.0") {
    request.stream.close(http2.constants.NGHTTP2_HTTP_1_1_REQUIRED);
    return;
  }
  response.end("hello");
});

server.on("connect", ({ stream, headers }) => {
  report({ version: "2.0", path: headers[":path"], protocol: headers[":protocol"] });
  stream.respond({ ":status": 200 }, { endStream: false });
  stream.on("error", () => {});
  stream.pipe(stream);
});

server.on("upgrade", (request, socket) => {
  report({ version: request.httpVersion, path: request.url, protocol: "websocket" });
  const hash = crypto.createHash("sha1");
  const accept = hash.update(request.headers["sec-websocket-key"] + acceptSuffix).digest("base64");
  socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n" +
               `Connection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
  socket.on("error", () => {});
  socket.pipe(socket);
});

server.listen(Number(port), "127.0.0.1");
