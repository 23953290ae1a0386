// A WebSocket client that tries one thing after another through the tunnel. Prints one JSON object a
// line: {name, arrived}. Arguments: the URL of the binding without a path.
'use strict';
const http = require('http');
const WebSocket = require('ws');

const base = process.argv[2];

function open(path = '/', protocols = [], options = {perMessageDeflate: false}) {
  const socket = new WebSocket(base + path, protocols, options);
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(socket));
    socket.once('error', reject);
  });
}

function next(socket, event) {
  return new Promise((resolve, reject) => {
    socket.once(event, (...values) => resolve(values));
    socket.once('error', reject);
  });
}

async function echo(socket, data) {
  const answer = next(socket, 'message');
  socket.send(data);
  return (await answer)[0];
}

function pattern(size) {
  const data = Buffer.alloc(size);
  for (let at = 0; at < size; ++at) data[at] = (at * 31 + (at >> 8)) & 255;
  return data;
}

async function ended(socket) {
  const [code, reason] = await next(socket, 'close');
  return `${code} ${reason}`.trim();
}

// What the server has seen of the last end; it may learn of it after the client has.
async function endAtServer(wanted) {
  for (;;) {
    const seen = await new Promise((resolve, reject) => {
      http.get(base.replace('ws:', 'http:'), (response) => {
        let text = '';
        response.on('data', (data) => { text += data; });
        response.on('end', () => resolve(text));
      }).on('error', reject);
    });
    if (seen === wanted) return seen;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const checks = {
  async text() {
    const socket = await open();
    return (await echo(socket, 'grüße')).toString('utf8').length;
  },
  async sizes() {
    const socket = await open();
    const sizes = [];
    for (const size of [0, 1, 125, 126, 127, 65535, 65536, 1 << 20, 16 << 20]) {
      const sent = pattern(size);
      if (sent.equals(await echo(socket, sent))) sizes.push(size);
    }
    return sizes.join(', ');
  },
  async order() {
    const socket = await open();
    const received = [];
    const all = new Promise((resolve) => {
      socket.on('message', (data) => {
        received.push(Number(data));
        if (received.length === 500) resolve();
      });
    });
    for (let number = 0; number < 500; ++number) socket.send(String(number));
    await all;
    return received.every((number, index) => number === index) ? '500 in order' : 'out of order';
  },
  async fragments() {
    const socket = await open();
    return (await echo(socket, 'fragments a b c')).toString();
  },
  async fragmentsUp() {
    const socket = await open();
    const answer = next(socket, 'message');
    socket.send('one ', {fin: false});
    socket.send('two ', {fin: false});
    socket.send('three', {fin: true});
    return (await answer)[0].toString();
  },
  async pingByClient() {
    const socket = await open();
    const pong = next(socket, 'pong');
    socket.ping('abc');
    return `pong ${(await pong)[0]}`;
  },
  async pingByServer() {
    const socket = await open();
    return (await echo(socket, 'ping xyz')).toString();
  },
  async subprotocol() {
    return (await open('/', ['a', 'b'])).protocol;
  },
  async deflate() {
    const socket = await open('/deflate', [], {perMessageDeflate: {threshold: 0}});
    const sent = 'a'.repeat(1 << 20);
    const same = (await echo(socket, sent)).toString() === sent;
    return `${socket.extensions}, ${same ? '1 MiB as sent' : 'other content'}`;
  },
  async refused() {
    return open('/forbidden').then(() => 'open', (error) => error.message);
  },
  async idle() {
    const socket = await open();
    await new Promise((resolve) => setTimeout(resolve, 6000));
    return (await echo(socket, 'still here')).toString();
  },
  async terminatedByServer() {
    const socket = await open();
    socket.send('terminate');
    return ended(socket);
  },
  async terminatedByClient() {
    const socket = await open();
    await echo(socket, 'x');
    socket.terminate();
    return endAtServer('1006');
  },
};

for (const [code, reason] of [['1000', 'done'], ['1001', 'away'], ['3000', ''], ['4999', 'grün']]) {
  checks[`closeByServer ${code}`] = async () => {
    const socket = await open();
    socket.send(`close ${code} ${reason}`.trim());
    return ended(socket);
  };
  checks[`closeByClient ${code}`] = async () => {
    const socket = await open();
    socket.close(Number(code), reason);
    return `${await ended(socket)}, at the server ${await endAtServer(`${code} ${reason}`.trim())}`;
  };
}
checks['closeByServer without a code'] = async () => {
  const socket = await open();
  socket.send('close');
  return ended(socket);
};

async function main() {
  for (const [name, check] of Object.entries(checks)) {
    let arrived;
    try {
      arrived = String(await check());
    } catch (error) {
      arrived = `failed: ${error.message}`;
    }
    console.log(JSON.stringify({name, arrived}));
  }
  process.exit(0);
}

main();
