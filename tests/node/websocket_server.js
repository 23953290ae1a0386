// A WebSocket server that sends everything back, and does what some texts ask for. Prints its port.
'use strict';
const http = require('http');
const {WebSocketServer} = require('ws');

const plain = new WebSocketServer({
  noServer: true,
  perMessageDeflate: false,
  handleProtocols: (offered) => offered.has('b') ? 'b' : false,
});
const deflating = new WebSocketServer({noServer: true, perMessageDeflate: {threshold: 0}});

function serve(socket) {
  socket.on('message', (data, isBinary) => {
    const [verb, ...words] = isBinary ? [] : data.toString().split(' ');
    if (verb === 'close') {
      socket.close(...(words.length > 0 ? [Number(words[0]), words.slice(1).join(' ')] : []));
    } else if (verb === 'terminate') {
      socket.terminate();
    } else if (verb === 'ping') {
      socket.once('pong', (payload) => socket.send(`pong ${payload}`));
      socket.ping(words[0]);
    } else if (verb === 'fragments') {
      words.forEach((word, index) => socket.send(word, {fin: index === words.length - 1}));
    } else {
      socket.send(data, {binary: isBinary});
    }
  });
  socket.on('close', (code, reason) => { closings.last = `${code} ${reason}`.trim(); });
}

const closings = {last: ''};
const server = http.createServer((request, response) => {
  response.end(closings.last);
});
server.on('upgrade', (request, socket, head) => {
  if (request.url === '/forbidden') {
    socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    return;
  }
  const chosen = request.url === '/deflate' ? deflating : plain;
  chosen.handleUpgrade(request, socket, head, serve);
});
server.listen(0, process.argv[2], () => console.log(server.address().port));
