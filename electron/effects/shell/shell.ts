import type { AbsolutePath } from '../../contract/ids.ts'
import type { ExecEffect } from '../../contract/effect.ts'
import { EffectList, RUNS_WHAT_IT_WRITES } from '../effect-list.ts'
import { Flow } from '../flow.ts'
import type { Guarded } from '../guarded.ts'
import type { Knowledge } from '../knowledge.ts'
import type { World } from '../world.ts'
import type { GoingIn, Reading } from './reading.ts'
import { either, type Scope } from './scope.ts'
import { runSimple } from './simple.ts'
import { setVariable } from './variables.ts'
import { walkBody, walkCode, walkParsed } from './walk.ts'

/** More commands than this in one call are not judged one by one. */
const BUDGET = 4000

/** The shells that a call may name. */
type Shell = 'sh' | 'bash' | 'zsh' | 'powershell' | 'cmd'

/**
 * Adds the effects of a shell command. Without a shell it is judged for bash and zsh both: where they differ, what either
 * would do counts, or an `unknown` says that they differ.
 */
export function readShell(
  command: string,
  shell: Shell | undefined,
  around: { cwd: AbsolutePath; workspace: AbsolutePath; world: World; knowledge: Knowledge; guarded?: Guarded },
  effects: EffectList,
): void {
  if (shell === 'powershell' || shell === 'cmd')
    return effects.unknown(`Paddock can't read ${shell === 'cmd' ? 'cmd.exe' : 'PowerShell'} yet`, command)

  const { world, knowledge } = around
  const cwd = world.canonical(around.cwd)
  const workspace = world.canonical(around.workspace)
  const reading = readingOf({
    effects, world, knowledge,
    guarded: around.guarded ?? {},
    workspace,
    flow: new Flow(workspace, knowledge.isSecretName),
    maybeZsh: shell === undefined || shell === 'zsh',
    maybePosix: shell === 'sh',
    visited: new Set([cwd]),
    logical: new Map(),
    functions: new Map(),
    links: [],
    unpacked: [],
    scripts: new Set(),
    uncalled: new Map(),
    deferred: [],
    stdin: { kind: 'inherited' },
    hasBackground: false,
    prints: undefined,
    printed: new WeakMap(),
    substitution: 0,
    depth: 0,
    budget: BUDGET,
  })
  effects.wrote = WRITES_ASIDE.test(command)
  effects.flow = reading.flow
  walkCode(command, { directories: [cwd], variables: new Map(), functions: new Map(), positional: [] }, reading)
  finish(reading)
}

/** Something writes a file while something else runs beside it, and may see the file. */
const WRITES_ASIDE = /[|&][^]*>(?!\s*\/dev\/null|&\d)|>(?!\s*\/dev\/null|&\d)[^]*[|&]/

/** Ties the parts of the judging together: each goes into nested code through the reading. */
function readingOf(state: Omit<Reading, keyof GoingIn>): Reading {
  const reading: Reading = {
    ...state,
    runWords: (words, scope, input) => {
      const { yes, no } = runSimple(words, scope, input, reading)
      return either(yes, no) ?? scope
    },
    runCode: (code, scope) => walkCode(code, scope, reading),
    runCodeOf: (program, code, scope) => {
      const { maybePosix } = reading
      reading.maybePosix = !/^(?:ba|z|k|mk)sh$/.test(program)
      const after = walkCode(code, scope, reading)
      reading.maybePosix = maybePosix
      return after
    },
    runParsed: (script, scope) => {
      reading.substitution += 1
      walkParsed(script, scope, reading)
      reading.substitution -= 1
    },
    runBody: (body, scope, input) => walkBody(body, scope, input, reading),
    runScriptFile: (text, scope, isOwn) => walkScriptFile(text, scope, reading, isOwn),
    setVariable: (name, values, scope) => setVariable(name, values, scope, reading),
  }
  return reading
}

/** Judges what runs after, or perhaps after: functions that nothing called, and traps. */
function finish(reading: Reading): void {
  const directories = [...reading.visited]
  for (const [body, scope] of reading.uncalled) walkBody(body, { ...scope, directories }, { kind: 'inherited' }, reading)
  for (const { code, scope } of reading.deferred) walkCode(code, { ...scope, directories, functions: new Map([...scope.functions, ...reading.functions]) }, reading)
}

/**
 * A script file is vouched for by the rule that allows to run it. What can be seen of its effects is judged all the same;
 * what can't be known of it is left out, since every build script would ask then, and the same rule vouches for the programs that
 * are its own. But what this call writes before is not what anybody vouched for.
 */
function walkScriptFile(text: string, scope: Scope, reading: Reading, isOwn?: (effect: ExecEffect) => boolean): Scope {
  const inner = readingOf({ ...reading, effects: new EffectList(reading.effects), deferred: [], uncalled: new Map() })
  const after = walkCode(text, scope, inner)
  finish(inner)
  reading.budget = inner.budget
  for (const effect of inner.effects.all) {
    if (effect.kind === 'unknown' && (effect.reason !== RUNS_WHAT_IT_WRITES || !reading.effects.writes(effect.text ?? ''))) continue
    reading.effects.take(effect.kind === 'exec' && isOwn?.(effect) ? { ...effect, vouched: true } : effect)
  }
  return after
}
