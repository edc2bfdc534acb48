import { execFile } from 'node:child_process'
import { access, cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { err, ok, type Result } from '../../electron/contract/result.ts'

const run = promisify(execFile)
const VERSION = '2.1.330'
const lock = join(import.meta.dirname, 'agents/claude-code')

/** What makes Claude Code ask a stub model and nobody else. */
export function askingOnly(modelUrl: string): Record<string, string> {
  return {
    ANTHROPIC_BASE_URL: modelUrl,
    ANTHROPIC_API_KEY: 'x',
    ANTHROPIC_MODEL: 'claude-stub',
    DISABLE_TELEMETRY: '1',
    DISABLE_AUTOUPDATER: '1',
    DISABLE_ERROR_REPORTING: '1',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    ENABLE_TOOL_SEARCH: 'false',
    IS_SANDBOX: '1',
  }
}

let prepared: Promise<Result<string, string>> | undefined

/**
 * The program of the real Claude Code, in the version that its committed lock file names. It is installed once into a
 * cache folder (`PADDOCK_TEST_CACHE`, else `~/.cache/paddock-tests`); several runs may do so at the same time. The
 * error says why it can't be had, for the skip line.
 */
export function claudeCode(): Promise<Result<string, string>> {
  prepared ??= findOrInstall()
  return prepared
}

async function findOrInstall(): Promise<Result<string, string>> {
  const cache = process.env['PADDOCK_TEST_CACHE'] ?? join(homedir(), '.cache/paddock-tests')
  const folder = join(cache, `claude-code-${VERSION}`)
  const program = join(folder, `node_modules/@anthropic-ai/claude-code-${process.platform}-${process.arch}/claude`)
  try {
    if (!(await exists(program))) await install(cache, folder)
    await access(program)
    return ok(program)
  } catch (error) {
    return err(`Claude Code ${VERSION} can't be installed from npm: ${firstLine(error)}`)
  }
}

/** Installs beside the final folder and renames, so that nobody ever sees half an installation. */
async function install(cache: string, folder: string): Promise<void> {
  await mkdir(cache, { recursive: true })
  const fresh = await mkdtemp(join(cache, 'installing-'))
  try {
    await cp(lock, fresh, { recursive: true })
    const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--fetch-retries=1']
    await run('npm', ['ci', ...options], { cwd: fresh, timeout: 240_000 })
    await rename(fresh, folder)
  } catch (error) {
    if (!(await exists(folder))) throw error
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? ((error as { stderr?: string }).stderr || error.message).trim() : String(error)
  return text.split('\n')[0] ?? text
}
