import { connect } from 'node:net'
import type { Attack, Target } from './attack.ts'

/** How long an answer may take, in milliseconds. */
const ANSWER = 700
const HERE = ['127.0.0.1', 'localhost', 'LOCALHOST', 'localhost.', 'x.localhost', '127.1', '0x7f.1', '0x7f000001', '2130706433', '017700000001', '127.0.0.1.', '0.0.0.0', '0', '[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::127.0.0.1]', '[64:ff9b::127.0.0.1]', '１２７.0.0.1', 'ⓛocalhost', '127。0。0。1']

/** With the run's own credentials: ways to have the proxy reach a port that policy does not allow, beside one that it does. */
export const proxied: Attack[] = [
  attack('spells this machine in every way to the proxy', (at, login) =>
    HERE.flatMap((host) => [
      `CONNECT ${host}:${at.tcp} HTTP/1.1\r\nHost: ${host}:${at.tcp}\r\n${login}\r\n`,
      `GET http://${host}:${at.tcp}/ HTTP/1.1\r\nHost: ${host}:${at.tcp}\r\n${login}\r\n`,
    ]),
  ),
  attack('names two destinations in one request to the proxy', (at, login) => {
    const [good, bad] = [`127.0.0.1:${at.allowedTcp}`, `127.0.0.1:${at.tcp}`]
    return [
      `GET http://${good}/ HTTP/1.1\r\nHost: ${bad}\r\n${login}\r\n`,
      `GET http://${bad}/ HTTP/1.1\r\nHost: ${good}\r\n${login}\r\n`,
      `GET http://${good}@${bad}/ HTTP/1.1\r\nHost: ${good}\r\n${login}\r\n`,
      `GET http://${good}\\@${bad}/ HTTP/1.1\r\nHost: ${good}\r\n${login}\r\n`,
      `GET http://${good}#@${bad}/ HTTP/1.1\r\nHost: ${good}\r\n${login}\r\n`,
      `GET http://${good}?@${bad}/ HTTP/1.1\r\nHost: ${good}\r\nHost: ${bad}\r\n${login}\r\n`,
      `GET //${bad}/ HTTP/1.1\r\nHost: ${good}\r\n${login}\r\n`,
      `GET ftp://${bad}/ HTTP/1.1\r\nHost: ${bad}\r\n${login}\r\n`,
      `CONNECT ${good}@${bad} HTTP/1.1\r\nHost: ${good}\r\n${login}\r\n`,
      `CONNECT ${bad}#${good} HTTP/1.1\r\nHost: ${good}\r\n${login}\r\n`,
      `CONNECT ${good} ${bad} HTTP/1.1\r\nHost: ${good}\r\n${login}\r\n`,
      `CONNECT ${good}\nCONNECT ${bad} HTTP/1.1\r\nHost: ${bad}\r\n${login}\r\n`,
      `CONNECT 127.0.0.1:${at.tcp + 65_536} HTTP/1.1\r\nHost: ${bad}\r\n${login}\r\n`,
      `CONNECT 127.0.0.1:0${at.tcp} HTTP/1.1\r\nHost: ${bad}\r\n${login}\r\n`,
      `CONNECT 127.0.0.1:+${at.tcp} HTTP/1.1\r\nHost: ${bad}\r\n${login}\r\n`,
      `CONNECT 127.0.0.1\0.test:${at.tcp} HTTP/1.1\r\nHost: ${bad}\r\n${login}\r\n`,
    ]
  }),
  attack('hides a request to another port behind one that is allowed', (at, login) => {
    const [good, bad] = [`127.0.0.1:${at.deadTcp}`, `127.0.0.1:${at.tcp}`]
    const hidden = `GET http://${bad}/ HTTP/1.1\r\nHost: ${bad}\r\n${login}\r\n`
    const first = (headers: string, body: string, method = 'POST'): string => `${method} http://${good}/ HTTP/1.1\r\nHost: ${good}\r\n${login}${headers}\r\n${body}`
    return [
      first('', hidden, 'GET'),
      first(`Content-Length: 0\r\n`, `${hidden}${hidden}`),
      first(`Content-Length: ${hidden.length}\r\nTransfer-Encoding: chunked\r\n`, `0\r\n\r\n${hidden}`),
      first('Content-Length: 0\r\nContent-Length: 5\r\n', `abcde${hidden}`),
      first('Transfer-Encoding:\r\n chunked\r\n', `0\r\n\r\n${hidden}`),
      first('Transfer-Encoding: chunked, identity\r\n', `0\r\n\r\n${hidden}`),
      first('Transfer-Encoding : chunked\r\n', `0\r\n\r\n${hidden}`),
      first('Transfer-Encoding: chunked\r\n', `0;x="\r\n\r\n${hidden}`),
      first('Transfer-Encoding: chunked\r\n', `0\r\n\r\n${hidden}`),
      first('Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: eA==\r\nSec-WebSocket-Version: 13\r\n', hidden, 'GET'),
      first('Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAA\r\n', hidden, 'GET'),
      first('Expect: 100-continue\r\nContent-Length: 5\r\n', `abcde${hidden}`),
      first('', `CONNECT ${bad} HTTP/1.1\r\n${login}\r\nhello`, 'GET'),
      `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${hidden}`,
    ]
  }),
  attack('asks SOCKS for more than a connection', (at, _, [user, password]) => {
    const text = (value: string): number[] => [Buffer.byteLength(value), ...Buffer.from(value)]
    const ask = (command: number, ...address: number[]): Buffer => Buffer.from([5, 1, 2, 1, ...text(user), ...text(password), 5, command, 0, ...address, at.tcp >> 8, at.tcp & 255, ...Buffer.from('hello')])
    return [
      ...[1, 2, 3].map((command) => ask(command, 1, 127, 0, 0, 1)),
      ...['127.0.0.1', 'localhost', '127.0.0.1\0.test', '127.1', '', '[::1]', '::ffff:127.0.0.1', '0x7f.1'].map((name) => ask(1, 3, ...text(name))),
      ask(1, 4, ...Buffer.from('00000000000000000000ffff7f000001', 'hex')),
      ask(1, 4, ...Buffer.from('00000000000000000000000000000001', 'hex')),
      ask(1, 1, 0, 0, 0, 0),
      Buffer.concat([Buffer.from([4, 1, at.tcp >> 8, at.tcp & 255, 127, 0, 0, 1]), Buffer.from(`${user}\0`)]),
    ]
  }),
  attack('goes on with the proxy while a thousand connections of it stand half open', (at, login, _, port) => {
    for (let count = 0; count < 1000; count++) halfOpen(port)
    return [`GET http://127.0.0.1:${at.tcp}/ HTTP/1.1\r\nHost: 127.0.0.1:${at.tcp}\r\n${login}\r\n`]
  }),
]

function attack(name: string, sayings: (at: Target, login: string, credentials: [string, string], port: number) => (string | Buffer)[]): Attack {
  return {
    name,
    group: 'network',
    uncontained: 'there is no proxy then',
    async try(at, note) {
      const { port, username, password } = new URL(process.env['HTTP_PROXY'] ?? process.env['http_proxy'] ?? 'http://a:b@127.0.0.1:1')
      const login = `Proxy-Authorization: Basic ${Buffer.from(`${username}:${password}`).toString('base64')}\r\n`
      const answers = await Promise.all(sayings(at, login, [username, password], Number(port)).map((saying) => answerTo(Number(port), saying)))
      for (const answer of answers) note('answer', /^HTTP\/1.1 (403|400|4\d\d|5\d\d)/.test(answer) || answer.length < 30 ? -13 : answer.slice(0, 200))
      note('first answers', [...new Set(answers.map((answer) => answer.slice(0, 60)))].join(' | '))
    },
  }
}

function halfOpen(port: number): void {
  const socket = connect(port, '127.0.0.1', () => socket.write('GET http://x')).on('error', () => {}).unref()
}

function answerTo(port: number, saying: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    let heard = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(saying))
    const end = (): void => (socket.destroy(), resolve(heard))
    socket.on('data', (chunk: Buffer) => (heard += chunk.toString('latin1'))).on('close', end).on('error', end)
    setTimeout(end, ANSWER)
  })
}
