import { execFileSync } from 'node:child_process'
import { createReadStream, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { afterTest, egressWith, has, listening, run } from './fixture.ts'

/** Serves the files of a folder. */
async function serving(folder: string): Promise<number> {
  return listening(createServer((request, response) => {
    const file = join(folder, new URL(request.url ?? '/', 'http://x').pathname)
    if (!existsSync(file) || !statSync(file).isFile()) return void response.writeHead(404).end()
    createReadStream(file).pipe(response)
  }))
}

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'paddock-egress-'))
  afterTest(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

test('git clones through the environment of a run', async (ctx) => {
  if (!(await has('git', '--version'))) ctx.skip('there is no git on this machine')
  const folder = emptyFolder()
  const git = (...args: string[]): void => void execFileSync('git', args, { cwd: join(folder, 'work'), stdio: 'pipe' })
  mkdirSync(join(folder, 'work'))
  git('init', '-q')
  writeFileSync(join(folder, 'work/readme'), 'hello')
  git('add', 'readme')
  git('-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'commit.gpgsign=false', 'commit', '-q', '-m', 'first')
  git('clone', '-q', '--bare', '.', '../bare.git')
  git('--git-dir', '../bare.git', 'update-server-info')
  const port = await serving(folder)
  const egress = await egressWith()
  const environment = { ...egress.environment(), HOME: folder }
  const ran = await run('git', ['clone', '-q', `http://code.example:${port}/bare.git`, join(folder, 'clone')], environment)
  expect(ran.code, ran.stderr).toBe(0)
  expect(readFileSync(join(folder, 'clone/readme'), 'utf8')).toBe('hello')
  expect(new Set(egress.asked.map(({ host }) => host))).toEqual(new Set(['code.example']))
})

test('git is told why it may not', async (ctx) => {
  if (!(await has('git', '--version'))) ctx.skip('there is no git on this machine')
  const egress = await egressWith({ decide: async () => ({ allowed: false, message: 'no rule allows it' }) })
  const ran = await run('git', ['ls-remote', 'http://code.example/bare.git'], { ...egress.environment(), HOME: emptyFolder() })
  expect(ran.stderr).toContain('403')
})

test('Python fetches through the environment of a run', async (ctx) => {
  if (!(await has('python3', '-c', 'import urllib.request'))) ctx.skip('there is no Python on this machine')
  const folder = emptyFolder()
  writeFileSync(join(folder, 'file'), 'hello')
  const port = await serving(folder)
  const egress = await egressWith()
  const code = `import urllib.request as r; print(r.urlopen("http://files.example:${port}/file").read().decode())`
  expect(await run('python3', ['-c', code], egress.environment())).toMatchObject({ code: 0, stdout: 'hello\n' })
})

test('what is on this machine is not the proxy’s business', async (ctx) => {
  if (!(await has('curl', '--version'))) ctx.skip('there is no curl on this machine')
  const folder = emptyFolder()
  writeFileSync(join(folder, 'file'), 'hello')
  const port = await serving(folder)
  const egress = await egressWith({ decide: async () => ({ allowed: false, message: 'asked' }) })
  expect((await run('curl', ['-sS', `http://127.0.0.1:${port}/file`], egress.environment())).stdout).toBe('hello')
  expect(egress.asked).toEqual([])
})
