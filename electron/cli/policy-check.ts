import { resolve } from 'node:path'
import { foldersOf, userPolicies, type Folders } from '../broker/folders.ts'
import { loadLibrary, readFolder, readSource, type SourceFile } from '../broker/policy-files.ts'
import { shownFolder } from '../broker/policy-store.ts'
import { canonicalPath } from '../broker/real-world.ts'
import { AgentId, type AbsolutePath } from '../contract/ids.ts'
import { err, ok, type Result } from '../contract/result.ts'
import { decide } from '../policy/decide.ts'
import { formatWarning, lint, type Warning } from '../policy/lint.ts'
import { parsePolicy, type PolicyFile } from '../policy/parse.ts'
import type { Policy } from '../policy/resolve.ts'
import { formatFailure, runTests, TEST_WORKSPACE, type TestFailure } from '../policy/tests.ts'
import { Machine } from './policy-machine.ts'

/** What was found in policy files. */
interface Checked {
  errors: string[]
  failures: TestFailure[]
  warnings: Warning[]
  policies: { file: string; name: string; rules: number; tests: number }[]
}

/**
 * `paddock policy check [FILE…]`: reads the files, or the user's folder, as the broker would, runs the tests in them and
 * warns about rules that can hardly be meant. Exit code 1 for errors and failed tests, with `strict` for warnings too.
 */
export function policyCheck(files: readonly string[], options: { json?: boolean; strict?: boolean }): number {
  const { errors, failures, warnings, policies } = check(files, foldersOf(process.env))
  const isGood = errors.length + failures.length + (options.strict ? warnings.length : 0) === 0
  if (options.json) console.log(JSON.stringify({ ok: isGood, errors, failures, warnings, policies }))
  else {
    for (const line of [...errors, ...failures.map(formatFailure), ...warnings.map(formatWarning)]) console.error(line)
    for (const { file, name, rules, tests } of policies) console.log(`${file}: policy "${name}", ${rules} rules, ${told(tests, file, failures, warnings)}`)
  }
  return isGood ? 0 : 1
}

function told(tests: number, file: string, failures: readonly TestFailure[], warnings: readonly Warning[]): string {
  const failed = failures.filter((failure) => failure.file === file).length
  const warned = warnings.filter((warning) => warning.file === file).length
  return [
    'no errors',
    ...(tests > 0 ? [`${tests - failed} of ${tests} tests passed`] : []),
    ...(warned > 0 ? [`${warned} ${warned === 1 ? 'warning' : 'warnings'}`] : []),
  ].join(', ')
}

function check(files: readonly string[], folders: Folders): Checked {
  const nothing: Checked = { errors: [], failures: [], warnings: [], policies: [] }
  const machine = Machine.open(folders)
  if (!machine.ok) return { ...nothing, errors: machine.error }
  const context = machine.value.lintContext()
  if (!context.ok) return { ...nothing, errors: context.error }
  const sources = readSources(files, folders)
  if (!sources.ok) return { ...nothing, errors: [sources.error] }
  const library = loadLibrary(machine.value.shipped, sources.value)
  if (!library.ok) return { ...nothing, errors: library.error }

  const checked = sources.value.flatMap(({ text, file }, index): { file: PolicyFile; policy: Policy }[] => {
    const parsed = parsePolicy(text, file)
    const policy = library.value.user[index]
    return parsed.ok && policy ? [{ file: parsed.value, policy }] : []
  })
  return {
    errors: [],
    failures: checked.flatMap(({ file, policy }) => testsThatFail(file, policy, machine.value, folders)),
    warnings: checked.flatMap(({ file, policy }) => lint(file, policy, context.value)),
    policies: checked.map(({ file, policy }) => ({ file: file.file, name: policy.name, rules: policy.rules.length, tests: file.tests.length })),
  }
}

function readSources(files: readonly string[], folders: Folders): Result<SourceFile[], string> {
  if (files.length === 0) return readFolder(userPolicies(folders), shownFolder(folders))
  const sources: SourceFile[] = []
  for (const file of files) {
    const source = readSource(resolve(file), file)
    if (!source.ok) return err(source.error)
    sources.push(source.value)
  }
  return ok(sources)
}

/** Tests are judged on this machine: its home directory, its links, in a workspace that need not exist. */
function testsThatFail(file: PolicyFile, policy: Policy, machine: Machine, folders: Folders): TestFailure[] {
  const policies = machine.alone([policy])
  return runTests(file, ({ call, workspace = TEST_WORKSPACE }) => {
    const folder: AbsolutePath = canonicalPath(workspace.startsWith('~/') ? `${folders.home}${workspace.slice(1)}` : workspace)
    const judging = policies({ agent: ANY_AGENT, workspace: folder })
    return decide(machine.effects(call, judging.guarded, folder), judging)
  })
}

/** Which agent it is does not matter: the policy is asked alone. */
const ANY_AGENT = AgentId.parse('any')
