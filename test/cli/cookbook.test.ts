import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

const repository = join(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'paddock-cookbook-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Every whole policy that a page shows, by name. */
function policiesIn(page: string): [string, string][] {
  const text = readFileSync(join(repository, page), 'utf8')
  return [...text.matchAll(/```yaml\n(paddock: 1\nname: ([a-z-]+)\n[^]*?)```/g)].map((match) => [match[2]!, match[1]!])
}

test.each([...policiesIn('docs/policy.md'), ...policiesIn('README.md')])('the policy "%s" of the documentation has no error, and its tests pass', (name, text) => {
  const file = join(folder, `${name}.yaml`)
  writeFileSync(file, text)
  let output: string
  try {
    output = execFileSync(process.execPath, [join(repository, 'out/cli/paddock.js'), 'policy', 'check', file], { encoding: 'utf8', env: { ...process.env, HOME: folder }, stdio: 'pipe' })
  } catch (error) {
    throw new Error((error as { stderr: string }).stderr, { cause: error })
  }
  const tests = text.split('\n').filter((line) => line.startsWith('  - { call:')).length
  if (tests > 0) expect(output).toContain(`${tests} of ${tests} tests passed`)
})

test('the cookbook has recipes', () => {
  expect(policiesIn('docs/policy.md').length).toBeGreaterThanOrEqual(8)
})
