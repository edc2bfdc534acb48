import type { Layer, Verdict } from '../contract/decision.ts'
import type { Remember } from '../contract/request.ts'
import { err, ok, type Result } from '../contract/result.ts'
import type { EnvironmentRules } from './environment-rules.ts'
import { LIMITED, type Limit, type LimitName, type OpenHours } from './limits.ts'
import type { MonitorRules } from './monitor-rules.ts'
import { nearest } from './nearest.ts'
import type { PolicyError, PolicyFile } from './parse.ts'
import type { Rule } from './rule.ts'

/** A policy with everything it extends in it. */
export interface Policy {
  name: string
  description: string
  file: string
  layer: Layer
  /** Absent: for all. */
  agents?: readonly string[]
  workspaces?: readonly string[]
  default?: { verdict: Verdict; source: string }
  timeoutMs?: number
  remember?: readonly Remember[]
  limits: readonly Limit[]
  /** All must be open. */
  hours: readonly OpenHours[]
  /** What the files of the chain say of the monitor, theirs first. */
  monitor?: readonly MonitorRules[]
  /** What the files of the chain say of the environment. */
  environment?: readonly EnvironmentRules[]
  rules: readonly Rule[]
}

/**
 * Gives `file` its layer and the rules of the policies that it extends, theirs first. A policy may extend one of its
 * own name: that is the shipped one which it replaces. `library` lists what can be extended, nearest first.
 */
export function resolvePolicy(file: PolicyFile, layer: Layer, library: readonly PolicyFile[]): Result<Policy, PolicyError[]> {
  const { document } = file
  const inherited = inherit(file, library, [file])
  if (!inherited.ok) return inherited
  const chain = inherited.value
  const last = <T>(of: (each: PolicyFile) => T | undefined): T | undefined => chain.map(of).findLast((value) => value !== undefined)
  const fallback = last((each) =>
    each.document.default && { verdict: each.document.default, source: `${each.file}:${each.defaultLine}` },
  )
  const timeoutMs = last((each) => each.document.approval?.timeout)
  const remember = last((each) => each.document.approval?.remember)
  return ok({
    name: document.name,
    description: document.description ?? '',
    file: file.file,
    layer,
    ...(document.match?.agents && { agents: document.match.agents }),
    ...(document.match?.workspaces && { workspaces: document.match.workspaces }),
    ...(fallback && { default: fallback }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(remember && { remember }),
    limits: chain.flatMap((each) => limitsIn(each, layer)),
    hours: chain.flatMap((each) => hoursIn(each, layer)),
    monitor: chain.flatMap((each) => each.document.monitor ?? []),
    environment: chain.flatMap((each) => each.document.environment ?? []),
    rules: chain.flatMap((each) => rulesIn(each, layer)),
  })
}

function rulesIn({ file, rules }: PolicyFile, layer: Layer): Rule[] {
  return rules.map(({ line, column: _column, ...rule }) => ({ ...rule, layer, source: `${file}:${line}` }))
}

function limitsIn({ file, document, limitLines }: PolicyFile, layer: Layer): Limit[] {
  return (Object.keys(LIMITED) as LimitName[]).flatMap((name) => {
    const source = `${file}:${limitLines[name] ?? 1}`
    return [document.limits?.[name] ?? []].flat().map((entry): Limit => {
      const { rate, per = 'session', tool } = 'rate' in entry ? entry : { rate: entry }
      return { name, ...rate, per, ...(tool !== undefined && { tool }), layer, source }
    })
  })
}

function hoursIn({ file, document, limitLines }: PolicyFile, layer: Layer): OpenHours[] {
  const hours = document.limits?.hours
  return hours ? [{ ...hours, layer, source: `${file}:${limitLines.hours ?? 1}` }] : []
}

/** The files that `file` extends and itself, in the order in which their rules stand; each once. */
function inherit(file: PolicyFile, library: readonly PolicyFile[], path: readonly PolicyFile[]): Result<PolicyFile[], PolicyError[]> {
  const chain = new Set<PolicyFile>()
  for (const [index, name] of (file.document.extends ?? []).entries()) {
    const wrong = (message: string): Result<never, PolicyError[]> =>
      err([{ file: file.file, line: file.extendsLines[index] ?? 1, column: 1, message }])
    const parent = library.find((each) => each.document.name === name && each !== file)
    if (!parent) return wrong(`extends: there is no policy "${name}"${hint(name, library)}`)
    if (path.includes(parent)) return wrong(`extends: "${name}" extends this policy in turn`)
    const above = inherit(parent, library, [...path, parent])
    if (!above.ok) return above
    above.value.forEach((each) => chain.add(each))
  }
  chain.add(file)
  return ok([...chain])
}

function hint(name: string, library: readonly PolicyFile[]): string {
  const names = library.map((each) => each.document.name)
  const close = nearest(name, names)
  return close ? `, did you mean "${close}"?` : `; known are ${names.join(', ')}`
}
