import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { journalFile } from '../../electron/broker/folders.ts'
import { CLI, User } from './run.ts'

let user: User
beforeEach(() => {
  user = new User()
})
afterEach(() => user.remove())

const ADDRESS = /http:\/\/127\.0\.0\.1:(\d+)\/#code=[\w-]+/

/** A running `paddock serve` that has announced its page. */
async function serve(...args: string[]): Promise<{ port: string; end(signal: NodeJS.Signals): Promise<number | null> }> {
  const child = user.start(process.execPath, [CLI, 'serve', ...args])
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const [, port = ''] = await user.printed(child, ADDRESS)
  return {
    port,
    end: (signal) => {
      child.kill(signal)
      return ended
    },
  }
}

/** A call as the hook hands it over; gives what the agent hears. */
const call = (command: string): Promise<{ stdout: string }> =>
  user.paddock(
    ['hook', 'claude-code'],
    JSON.stringify({ hook_event_name: 'PreToolUse', session_id: 's', cwd: user.home, tool_name: 'Bash', tool_input: { command } }),
  )

describe('paddock serve', () => {
  test('announces its page, answers, and ends cleanly when told to', async () => {
    const broker = await serve()
    expect((await fetch(`http://127.0.0.1:${broker.port}/`)).status).toBe(200)
    const status = await user.paddock(['status', '--json'])
    expect(status.code).toBe(0)
    expect(JSON.parse(status.stdout)).toMatchObject({ running: true, waiting: 0, policyErrors: [] })
    expect(await broker.end('SIGTERM')).toBe(0)
    expect((await user.paddock(['status'])).code).toBe(1)
    expect((await user.paddock(['log', 'tail', '--json'])).stdout.trim().split('\n').at(-1)).toContain('"stopped"')
  })

  test('ends the same way on Ctrl+C', async () => {
    const broker = await serve()
    expect(await broker.end('SIGINT')).toBe(0)
  })

  test('a second one says that there is one', async () => {
    await serve()
    const { stderr, code } = await user.paddock(['serve'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/already|running/)
  })

  test('a port that is in use is an error that names it, and leaves no broker behind', async () => {
    const other = new User()
    try {
      const child = other.start(process.execPath, [CLI, 'serve'])
      const [, port = ''] = await other.printed(child, ADDRESS)
      const { stderr, code } = await user.paddock(['serve', '--port', port])
      expect(code).toBe(1)
      expect(stderr).toContain(`Port ${port} is in use`)
      expect((await user.paddock(['status'])).code).toBe(1)
    } finally {
      await other.remove()
    }
  })
})

describe('paddock log', () => {
  test('without a record says so', async () => {
    for (const args of [['log', 'tail'], ['log', 'verify']]) {
      const { stderr, code } = await user.paddock(args)
      expect(code).toBe(1)
      expect(stderr).toContain('There is no journal yet')
    }
  })

  test('tail prints the newest rows, oldest first, with nothing that a terminal would obey', async () => {
    await serve()
    await call('sudo \u001b[2J\u202egone')
    const { stdout, code } = await user.paddock(['log', 'tail', '-n', '1'])
    expect(code).toBe(0)
    expect(stdout.trim().split('\n')).toHaveLength(1)
    expect(stdout).toContain('claude-code: Bash sudo \\u{1b}[2J\\u{202e}gone')
    const rows = (await user.paddock(['log', 'tail', '--json'])).stdout.trim().split('\n').map((line) => JSON.parse(line))
    expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_row, index) => index + 1))
    expect(rows.at(-1)).toMatchObject({ body: { kind: 'decision', toolName: 'Bash' } })
  })

  test('tail -f goes on with what comes', async () => {
    await serve()
    const following = user.start(process.execPath, [CLI, 'log', 'tail', '-f'])
    const seen = user.printed(following, /Bash pwd/)
    await call('pwd')
    await seen
  })

  test('verify finds the row that was changed', async () => {
    const broker = await serve()
    await call('pwd')
    expect(await user.paddock(['log', 'verify'])).toMatchObject({ code: 0, stderr: '' })
    await broker.end('SIGTERM')
    const database = new DatabaseSync(journalFile(user.folders))
    database.prepare(`update event set body = replace(body, 'pwd', 'id') where body like '%"decision"%'`).run()
    const row = Number(database.prepare(`select seq from event where body like '%"decision"%'`).get()!['seq'])
    database.close()
    const { stdout, code } = await user.paddock(['log', 'verify'])
    expect(code).toBe(1)
    expect(stdout).toMatch(new RegExp(`[Rr]ow ${row}\\b`))
    expect(JSON.parse((await user.paddock(['log', 'verify', '--json'])).stdout)).toMatchObject({ ok: false })
  })
})
