import { existsSync, readFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { containmentFor } from '../../electron/containment/platform.ts'
import { admits } from '../../electron/containment/walls.ts'
import { ContainedMachine } from './contained-machine.ts'
import { withoutBubblewrap } from './without-bubblewrap.ts'

/** What an implementation does beyond what all do. */
export interface Abilities {
  /** On Linux: without bubblewrap, also where it is installed. Everything is to be the same. */
  alone?: true
  /** Whether it asks about files, or refuses at once what no rule allows. */
  asksAboutFiles: boolean
}

/**
 * What holds on every platform that can hold agents, through `paddock run`. Where this is another platform, or a wall is missing, nothing
 * can be run, and the reason is told.
 */
export function conformance(platform: NodeJS.Platform, { asksAboutFiles, alone }: Abilities): void {
  describe(`containment on ${platform}${alone ? ', with no wall beside' : ''}`, () => {
    let run: ContainedMachine
    let why: string | undefined

    beforeAll(async () => {
      why = await whyNot(platform)
      const through = alone ? withoutBubblewrap() : []
      if (typeof through === 'string') why ??= through
      else if (alone && through.length === 0) why ??= 'there is no bubblewrap on this machine, so nothing differs'
      if (why !== undefined || typeof through === 'string') return
      run = await new ContainedMachine().start()
      run.through = through
    })
    beforeEach((context) => {
      if (why !== undefined) return context.skip(why)
      run.reply = () => ({ verdict: 'deny' })
      run.asked.length = 0
    })
    afterAll(() => run?.close())

    test.each([
      ['true', 0],
      ['exit 7', 7],
      ['kill -TERM $$', 143],
      ['kill -KILL $$', 137],
    ])('"%s" ends with %i, as in a shell', async (script, code) => {
      expect((await run.sh(script)).code).toBe(code)
    })

    test('standard input, output and error are those of the caller', async () => {
      const { stdout, stderr } = await run.sh('cat; echo aside >&2', { input: 'typed' })
      expect([stdout, stderr]).toEqual(['typed', 'aside\n'])
    })

    test('the words of the command arrive as they are', async () => {
      const words = ['a b', "it's", '$HOME', '*', '', '"', '\\', 'ü', '-n', 'line\nline']
      const { stdout } = await run.run([process.execPath, '-e', 'console.log(JSON.stringify(process.argv.slice(1)))', '--', ...words])
      expect(JSON.parse(stdout)).toEqual(words)
    })

    test('the working directory is that of the caller, and new files have the mode that they ask for', async () => {
      const { stdout } = await run.sh('pwd; umask 027; : > made; ls -l made')
      expect(stdout).toMatch(new RegExp(`^${run.workspace}\n-rw-r-----`))
    })

    test('the environment has what everybody needs, the mark of the run, and no secret', async () => {
      const { stdout } = await run.sh('echo "$HOME|$PADDOCK_RUN|${DEPLOY_TOKEN-none}"', { env: { DEPLOY_TOKEN: 'x'.repeat(20) } })
      expect(stdout).toMatch(new RegExp(`^${run.home}\\|run-[\\w-]+\\|none\n$`))
    })

    test('inside the workspace nobody is asked', async () => {
      const { code } = await run.sh('mkdir a && echo x > a/b && mv a/b a/c && cat a/c && rm -r a')
      expect([code, run.asked.length]).toEqual([0, 0])
    })

    test('outside of it nothing is read or changed without leave', async () => {
      const kept = run.write('kept', 'as it was')
      const secret = run.write('.ssh/id_rsa', 'PRIVATE')
      const { stdout } = await run.sh(`cat ${kept} ${secret}; echo x > ${kept}; rm -f ${kept}; mv ${kept} here; echo x > ~/new; true`)
      expect(stdout).not.toMatch(/as it was|PRIVATE/)
      expect([readFileSync(kept, 'utf8'), existsSync(join(run.home, 'new'))]).toEqual(['as it was', false])
    })

    test('an Allow lets the operation go on that waited', async (context) => {
      if (!asksAboutFiles) return context.skip('files are not asked about here')
      const notes = run.write('notes', 'noted')
      run.reply = () => ({ verdict: 'allow' })
      expect((await run.sh(`cat ${notes}`)).stdout).toBe('noted')
      expect(run.asked.map(({ effects }) => effects)).toEqual([[{ kind: 'read', path: notes }]])
    })

    test('services of its own are reached over every kind of socket, and nobody is asked', async () => {
      const { stdout, stderr } = await run.run([process.execPath, '-e', SERVICES])
      const hasIpv6 = Object.values(networkInterfaces()).flat().some((one) => one?.address === '::1')
      expect([stderr, stdout, run.asked]).toEqual(['', hasIpv6 ? 'tcp4 tcp6 unix udp' : expect.stringMatching(/^tcp4 E\w+ unix udp$/), []])
    })

    test('a service of this machine is reached by the same address as from outside', async () => {
      const server = createServer((socket) => socket.end('from outside'))
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const { port } = server.address() as AddressInfo
      run.reply = () => ({ verdict: 'allow' })
      const { stdout } = await run.run([process.execPath, '-e', `require('net').connect(${port}, '127.0.0.1').pipe(process.stdout)`])
      server.close()
      expect(stdout).toBe('from outside')
    })

    test('sockets are made as they were asked for', async (context) => {
      if (platform !== 'linux' || !existsSync('/usr/bin/python3')) return context.skip('needs Linux and Python')
      const { stdout } = await run.run(['/usr/bin/python3', '-c', SOCKET_FLAGS])
      expect(stdout).toBe('stream False False\ndgram True True\nraw refused\nnetlink refused\nfull refused\n')
    })

    test('a program finds its own service in the tables of the network', async (context) => {
      if (platform !== 'linux') return context.skip('these tables are of Linux')
      const find = `const s = require('net').createServer().listen(0, '127.0.0.1', () => {
        const port = s.address().port.toString(16).toUpperCase().padStart(4, '0')
        for (const table of ['/proc/net/tcp', '/proc/self/net/tcp']) console.log(require('fs').readFileSync(table, 'latin1').includes('0100007F:' + port))
        s.close()
      })`
      expect((await run.run([process.execPath, '-e', find])).stdout).toBe('true\ntrue\n')
    })

    test('what the agent leaves behind ends with it', async () => {
      const beat = join(run.workspace, 'beat')
      await run.sh('(while :; do echo x >> beat; sleep 0.05; done) & while [ ! -s beat ]; do sleep 0.05; done')
      const last = readFileSync(beat, 'utf8')
      await new Promise((resolve) => setTimeout(resolve, 400))
      expect(readFileSync(beat, 'utf8')).toBe(last)
    })

    test('in the end, without a broker, nothing starts', async () => {
      await run.stopBroker()
      const { code, stderr } = await run.sh('touch started')
      expect([code, stderr, existsSync(join(run.workspace, 'started'))]).toEqual([1, expect.stringContaining('its broker is not running'), false])
    })
  })
}

const SERVICES = `
const net = require('net'), dgram = require('dgram')
const echo = (listen, connect) => new Promise((done) => {
  const server = net.createServer((socket) => socket.pipe(socket)).listen(...listen, () => {
    const socket = net.connect(connect(server.address())).on('error', (error) => done(error.code)).on('data', (data) => (socket.end(), server.close(), done(String(data))))
    socket.write(listen[listen.length - 1].startsWith('.') ? 'unix' : server.address().family === 'IPv6' ? 'tcp6' : 'tcp4')
  }).on('error', (error) => done(error.code))
})
const udp = () => new Promise((done) => {
  const server = dgram.createSocket('udp4', (data) => (server.close(), done(String(data)))).bind(0, '127.0.0.1', () => {
    const socket = dgram.createSocket('udp4')
    socket.send('udp', server.address().port, '127.0.0.1', () => socket.close())
  })
})
const to = (host) => ({ port }) => ({ port, host })
void (async () => process.stdout.write([await echo([0, '127.0.0.1'], to('127.0.0.1')), await echo([0, '::1'], to('::1')), await echo(['./own.sock'], () => ({ path: './own.sock' })), await udp()].join(' ')))()
`

/** Whether a socket blocks and is inherited, for one made plainly and one made with both flags; and what is no socket for a program. */
const SOCKET_FLAGS = `
import socket, fcntl, os, resource
def flags(name, s): print(name, bool(fcntl.fcntl(s, fcntl.F_GETFL) & os.O_NONBLOCK), bool(fcntl.fcntl(s, fcntl.F_GETFD) & fcntl.FD_CLOEXEC))
import ctypes
libc = ctypes.CDLL(None)
flags('stream', libc.socket(socket.AF_INET, socket.SOCK_STREAM, 0))
flags('dgram', libc.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC, 0))
for name, made in [('raw', (socket.AF_INET, socket.SOCK_RAW, 1)), ('netlink', (16, socket.SOCK_RAW, 0))]: print(name, 'refused' if libc.socket(*made) < 0 else 'made')
resource.setrlimit(resource.RLIMIT_NOFILE, (8, 8))
print('full', 'refused' if min(libc.socket(2, 1, 0) for _ in range(8)) < 0 else 'made')
`

async function whyNot(platform: NodeJS.Platform): Promise<string | undefined> {
  if (process.platform !== platform) return `this is ${process.platform}`
  const admitted = admits(await (await containmentFor(platform)).walls(), [])
  return admitted.ok ? undefined : admitted.error
}
