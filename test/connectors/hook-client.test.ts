import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { hookEntry } from '../../electron/connectors/claude-code/hook-entry.ts'
import { LONGEST_LINE_BYTES } from '../../electron/contract/limits.ts'

const CLIENT = join(import.meta.dirname, '../../out/hook/hook.cjs')
const MESSAGE = JSON.stringify({ tool_name: 'Bash', tool_input: { command: 'echo "a\nb"' } })

let folder: string
let endpoint: string
let server: Server | undefined
const started = new Set<() => void>()

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'paddock-hook-'))
  endpoint = join(folder, 'agents.sock')
})
afterEach(async () => {
  started.forEach((stop) => stop())
  started.clear()
  const open = server
  server = undefined
  if (open) await new Promise((resolve) => open.close(resolve))
  rmSync(folder, { recursive: true, force: true })
})

/** Stands in for the broker: hands each line to `answer`. Returns the lines that came. */
async function listen(answer: (socket: Socket, line: string) => void): Promise<string[]> {
  const lines: string[] = []
  server = createServer((socket) => {
    started.add(() => socket.destroy())
    let text = ''
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      text += chunk.toString()
      if (!text.endsWith('\n')) return
      lines.push(text)
      answer(socket, text)
    })
  })
  await new Promise<void>((resolve) => server?.listen(endpoint, resolve))
  return lines
}

interface Ended {
  stdout: string
  stderr: string
  code: number | null
}

/** Runs a hook as an agent does: message on standard input, which is then closed. */
function run(command: string, args: readonly string[], input: string | Buffer | undefined, env: Record<string, string> = {}): Promise<Ended> {
  const child = spawn(command, args, { env })
  started.add(() => child.kill('SIGKILL'))
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => (output.stdout += chunk))
  child.stderr.on('data', (chunk) => (output.stderr += chunk))
  // It may refuse before it has read everything.
  child.stdin.on('error', () => {})
  if (input !== undefined) child.stdin.end(input)
  return new Promise((resolve) => child.on('close', (code) => resolve({ ...output, code })))
}

const client = (input: string | Buffer | undefined, waits = 20_000): Promise<Ended> =>
  run(process.execPath, [CLIENT, 'claude-code', endpoint, String(waits)], input)

const reply = (message: object) => (socket: Socket): void => void socket.end(`${JSON.stringify(message)}\n`)

describe('the hook passes on what the broker says', () => {
  test('an answer on standard output', async () => {
    const lines = await listen(reply({ type: 'hook', stdout: '{"a":1}', stderr: '', exitCode: 0 }))
    expect(await client(MESSAGE)).toEqual({ stdout: '{"a":1}', stderr: '', code: 0 })
    expect(lines.map((line) => JSON.parse(line))).toEqual([{ type: 'hook', agent: 'claude-code', payload: MESSAGE, waits: 20_000 }])
  })

  test('a refusal on standard error', async () => {
    await listen(reply({ type: 'hook', stdout: '', stderr: 'no, because', exitCode: 2 }))
    expect(await client(MESSAGE)).toEqual({ stdout: '', stderr: 'no, because', code: 2 })
  })

  test('a long answer whole', async () => {
    const stdout = JSON.stringify({ reason: 'x'.repeat(500_000) })
    await listen(reply({ type: 'hook', stdout, stderr: '', exitCode: 0 }))
    expect((await client(MESSAGE)).stdout).toBe(stdout)
  })
})

const refuses = async (ended: Promise<Ended>, says: string): Promise<void> => {
  const { stdout, stderr, code } = await ended
  expect({ stdout, code }).toEqual({ stdout: '', code: 2 })
  expect(stderr).toContain(says)
  expect(stderr.trim().split('\n')).toHaveLength(1)
}

describe('the hook refuses, in a sentence, when', () => {
  test('no broker runs', () => refuses(client(MESSAGE), 'not running. Start it'))
  test('a broker has died and left its socket', async () => {
    const listening = `require('node:net').createServer().listen(${JSON.stringify(endpoint)}, () => process.kill(process.pid, 'SIGKILL'))`
    await run(process.execPath, ['-e', listening], '')
    await refuses(client(MESSAGE), 'not running. Start it')
  })
  test('the broker goes away before it answers', async () => {
    await listen((socket) => socket.destroy())
    await refuses(client(MESSAGE), 'stopped before it decided')
  })
  test('the broker does not answer in time', async () => {
    await listen(() => {})
    await refuses(client(MESSAGE, 300), 'nobody decided')
  })
  test('the agent does not finish its message in time', async () => {
    await listen(() => {})
    await refuses(client(undefined, 300), 'nobody decided')
  })
  test('the broker reports an error', async () => {
    await listen(reply({ type: 'error', message: 'No complete line came.' }))
    await refuses(client(MESSAGE), 'No complete line came.')
  })

  const allow = { type: 'hook', stdout: '{}', stderr: '', exitCode: 0 }
  test.each<[string, string]>([
    ['no JSON', 'allow\n'],
    ['half a reply', JSON.stringify(allow).slice(0, -1)],
    ['another type', JSON.stringify({ ...allow, type: 'status' })],
    ['a number', '0\n'],
    ['null', 'null\n'],
    ['nothing for the agent, which would take it as no decision', JSON.stringify({ ...allow, stdout: '' })],
    ['text for the agent, which would take it as no decision', JSON.stringify({ ...allow, stdout: 'allow' })],
    ['a value that is no object', JSON.stringify({ ...allow, stdout: '[]' })],
    ['an exit code that agents ignore', JSON.stringify({ ...allow, exitCode: 1 })],
    ['a refusal without a reason, which Codex and Gemini ignore', JSON.stringify({ ...allow, exitCode: 2, stderr: ' ' })],
  ])('the broker answers with %s', async (_what, text) => {
    await listen((socket) => void socket.end(text))
    await refuses(client(MESSAGE), 'Restart Paddock')
  })

  test('the call is too long for anyone to judge', async () => {
    await listen(reply(allow))
    await refuses(client('x'.repeat(LONGEST_LINE_BYTES + 1)), 'too long')
    await refuses(client('"'.repeat(LONGEST_LINE_BYTES / 2)), 'too long')
  })
  test('the message is not UTF-8', async () => {
    await listen(reply(allow))
    await refuses(client(Buffer.from([0x7b, 0xff])), 'not UTF-8')
  })
  test('it was started in a wrong way', () => refuses(run(process.execPath, [CLIENT, 'claude-code'], MESSAGE), 'Connect the agent again'))
})

const command = (program: { node?: string; client?: string }, env: Record<string, string> = {}): Promise<Ended> => {
  const { command: file, args } = hookEntry({ node: process.execPath, nodeIsElectron: false, client: CLIENT, endpoint, ...program })
  return run(file, args, MESSAGE, env)
}

const script = (name: string, text: string): string => {
  const file = join(folder, name)
  writeFileSync(file, text)
  chmodSync(file, 0o700)
  return file
}

describe('the command in the settings refuses when', () => {
  beforeEach((ctx) => ctx.skip(process.platform === 'win32', 'the hook command of Windows is Node itself'))
  const allow = reply({ type: 'hook', stdout: '{"allowed":true}', stderr: '', exitCode: 0 })
  const refused = { code: 2, stderr: expect.stringContaining('Paddock did not answer') }

  test('nothing is wrong: it passes the answer on', async () => {
    await listen(allow)
    expect(await command({})).toEqual({ stdout: '{"allowed":true}', stderr: '', code: 0 })
  })
  test('Node is missing', async () => expect(await command({ node: join(folder, 'gone') })).toMatchObject(refused))
  test('the client is missing', async () => expect(await command({ client: join(folder, 'gone.cjs') })).toMatchObject(refused))
  test('the client crashes', async () =>
    expect(await command({ client: script('crash.cjs', 'throw new Error("x")') })).toMatchObject(refused))
  test('the client is killed', async () =>
    expect(await command({ client: script('die.cjs', 'process.kill(process.pid, "SIGKILL")') })).toMatchObject(refused))
  test.each(['', 'console.log("allow")', 'console.log("{}"); process.exitCode = 1', 'console.log("{}"); process.exitCode = 2'])(
    'the client is not what it was: %j',
    async (code) => expect(await command({ client: script('changed.cjs', code) })).toMatchObject(refused),
  )
  test('the client itself refuses, in its words alone', async () => {
    const { code, stderr } = await command({})
    expect(code).toBe(2)
    expect(stderr).toContain('not running')
    expect(stderr).not.toContain('did not answer')
  })
  test('the environment would put code into Node or the shell', async () => {
    await listen(reply({ type: 'hook', stdout: '', stderr: 'no', exitCode: 2 }))
    const code = script('inject.cjs', 'console.log("{}"); process.exit(0)')
    const shell = script('inject.sh', 'echo {}; exit 0')
    const env = { NODE_OPTIONS: `--require ${code}`, ENV: shell, BASH_ENV: shell, PATH: folder, NODE_PATH: folder }
    expect(await command({}, env)).toEqual({ stdout: '', stderr: 'no', code: 2 })
  })
})
