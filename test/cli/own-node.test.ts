import { spawnSync } from 'node:child_process'
import { afterEach, expect, test } from 'vitest'
import { CLI, User } from './run.ts'

let user: User | undefined
afterEach(() => user?.remove())

/** A Node of the system that is older than Paddock's own. */
function olderNode(): string | undefined {
  return ['/usr/bin/node', '/usr/local/bin/node'].find((program) => {
    const { status, stdout } = spawnSync(program, ['-p', 'parseInt(process.versions.node)'], { encoding: 'utf8' })
    return status === 0 && Number(stdout) < 24
  })
}

test('started with an older Node, a command runs on the one beside Paddock and ends as it does there', async (ctx) => {
  const older = olderNode()
  if (older === undefined) return ctx.skip('this machine has no older Node')
  user = new User()
  const call = JSON.stringify({ id: '1', call: { tool: 'shell', command: 'ls' } })
  const judged = await user.run(older, [CLI, 'eval', '--policy', 'coding'], `${call}\n`)
  expect({ code: judged.code, verdict: (JSON.parse(judged.stdout) as { decision: string }).decision }).toEqual({ code: 0, verdict: 'allow' })
  const scanned = await user.run(older, [CLI, 'scan', '--json'], '')
  expect([scanned.code, scanned.stderr, Object.keys(JSON.parse(scanned.stdout) as object)]).toEqual([0, '', expect.arrayContaining(['agents', 'findings'])])
  expect((await user.run(older, [CLI, 'run', '--', 'true'], '')).stderr).toContain('broker is not running')
  expect((await user.run(older, [CLI, 'no-such-command'], '')).code).toBe(2)
})
