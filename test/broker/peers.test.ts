import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Peers } from '../../electron/broker/peers.ts'
import { programOf } from '../../electron/broker/processes.ts'

const linux = process.platform === 'linux'

describe.runIf(linux)('who is on the other end', () => {
  let folder: string
  let server: Server
  const children: ChildProcess[] = []

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'paddock-peers-'))
    server = createServer()
  })
  afterEach(() => {
    children.splice(0).forEach((child) => child.kill('SIGKILL'))
    server.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const CONNECT = `require('node:net').connect(process.argv[1]).on('connect', () => {})`

  /** An "agent" (Node) that starts a hook (Node) through a shell and `timeout`; the hook connects. */
  async function hookOfAgent(address: string): Promise<{ agent: ChildProcess; socket: Socket }> {
    const code = `require('node:child_process').spawn('sh', ['-c', 'timeout 60 "$0" -e "$1" "$2"; true', process.execPath, ${JSON.stringify(CONNECT)}, process.argv[1]]); setInterval(() => {}, 1000)`
    const agent = spawn(process.execPath, ['-e', code, address], { stdio: 'inherit' })
    children.push(agent)
    const [socket] = (await once(server, 'connection')) as [Socket]
    return { agent, socket }
  }

  async function listen(): Promise<string> {
    const address = join(folder, 's.sock')
    server.listen(address)
    await once(server, 'listening')
    return address
  }

  test('the agent is the process above the hook, past shells and wrappers', async () => {
    const peers = new Peers()
    const { agent, socket } = await hookOfAgent(await listen())
    expect(peers.refusal(socket)).toBeUndefined()
    expect(peers.agentBehind(socket)).toEqual({ pid: agent.pid, program: programOf(process.pid) })
    socket.destroy()
  })

  test('another user is turned away', async (ctx) => {
    if (process.getuid?.() !== 0) ctx.skip('only root can act as another user')
    chmodSync(folder, 0o777)
    const address = await listen()
    chmodSync(address, 0o777)
    children.push(spawn(process.execPath, ['-e', CONNECT, address], { uid: 65534, gid: 65534, cwd: '/', stdio: 'inherit' }))
    const [socket] = (await once(server, 'connection')) as [Socket]
    expect(new Peers().refusal(socket)).toContain('not user 65534')
    socket.destroy()
  })

  test('an agent that was seen, and all it starts, counts as agent; nobody else does', async () => {
    const peers = new Peers()
    const { agent, socket } = await hookOfAgent(await listen())
    expect(peers.descendsFromAgent(agent.pid!)).toBe(false)
    peers.agentBehind(socket)
    expect(peers.descendsFromAgent(agent.pid!)).toBe(true)
    expect(peers.descendsFromAgent(process.pid)).toBe(false)
    socket.destroy()
  })

  test('the process behind a TCP connection is found, and known to be an agent’s', async () => {
    const peers = new Peers()
    const { socket } = await hookOfAgent(await listen())
    const pages = createServer().listen(0, '127.0.0.1')
    await once(pages, 'listening')
    const { port } = pages.address() as AddressInfo

    const own = connect(port, '127.0.0.1')
    const [mine] = (await once(pages, 'connection')) as [Socket]
    expect(peers.processOfTcpPeer(port, mine.remotePort!)).toBe(process.pid)

    const child = spawn(process.execPath, ['-e', `require('node:net').connect(${port}, '127.0.0.1')`])
    children.push(child)
    const [theirs] = (await once(pages, 'connection')) as [Socket]
    expect(peers.processOfTcpPeer(port, theirs.remotePort!)).toBe(child.pid)
    expect(peers.processOfTcpPeer(port, 1)).toBeUndefined()
    for (const open of [own, mine, theirs, socket]) open.destroy()
    pages.close()
  })
})
