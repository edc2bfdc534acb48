import type { Verdict } from '../contract/decision.ts'
import { stricter } from '../contract/stricter.ts'
import { expandBraces } from './glob.ts'
import type { Policy } from './resolve.ts'
import type { Rule, RuleConditions, Section } from './rule.ts'

/** What a policy says of one pattern: the strictest of all rules that name it. */
export interface Said {
  section: Section
  pattern: string
  verdict: Verdict
  source: string
  conditions?: RuleConditions
}

/** How two policies differ in what they say, whatever the order and grouping of their rules. */
export interface PolicyDiff {
  added: Said[]
  removed: Said[]
  changed: { section: Section; pattern: string; before: Verdict; after: Verdict; source: string }[]
  /** `default`, limits, hours and approval; absent on the side where nothing is said. */
  settings: { name: string; before?: string; after?: string }[]
}

/** The semantic difference, with what both policies inherit. */
export function diffPolicies(before: Policy, after: Policy): PolicyDiff {
  const [old, now] = [saidBy(before), saidBy(after)]
  return {
    added: [...now].filter(([key]) => !old.has(key)).map(([, said]) => said),
    removed: [...old].filter(([key]) => !now.has(key)).map(([, said]) => said),
    changed: [...now].flatMap(([key, { section, pattern, verdict, source }]) => {
      const was = old.get(key)
      return was && was.verdict !== verdict ? [{ section, pattern, before: was.verdict, after: verdict, source }] : []
    }),
    settings: settingsThatDiffer(settingsOf(before), settingsOf(after)),
  }
}

export function isSame({ added, removed, changed, settings }: PolicyDiff): boolean {
  return [added, removed, changed, settings].every((list) => list.length === 0)
}

/** By section and pattern, braces written out: `{a,b} *` says the same as `a *` and `b *`. */
function saidBy({ rules }: Policy): Map<string, Said> {
  const said = new Map<string, Said>()
  for (const rule of rules)
    for (const pattern of patternsOf(rule)) {
      const { section, verdict, source, conditions } = rule
      const key = JSON.stringify([section, pattern, conditions])
      const known = said.get(key)
      if (!known || (known.verdict !== verdict && stricter(known.verdict, verdict) === verdict))
        said.set(key, { section, pattern, verdict, source, ...(conditions && { conditions }) })
    }
  return said
}

function patternsOf({ section, pattern }: Rule): string[] {
  switch (section) {
    case 'files.read':
    case 'files.write':
    case 'files.delete':
      return expandBraces(pattern.replace(/^~\//, '${home}/')) ?? [pattern]
    case 'commands':
      return (expandBraces(pattern) ?? [pattern]).map((each) => (/['"\\]/.test(each) ? each : each.trim().replace(/\s+/g, ' ')))
    case 'network':
    case 'listen':
      return [pattern.toLowerCase()]
    case 'tools':
      return [pattern]
  }
}

function settingsOf(policy: Policy): Map<string, string> {
  const settings = new Map<string, string>()
  if (policy.default) settings.set('default', policy.default.verdict)
  for (const { name, text, per, tool } of policy.limits) append(settings, `limits.${name}`, `${text} per ${per}${tool === undefined ? '' : ` of ${tool}`}`)
  for (const { text } of policy.hours) append(settings, 'limits.hours', text)
  if (policy.timeoutMs !== undefined) settings.set('approval.timeout', `${policy.timeoutMs / 1000} s`)
  if (policy.remember) settings.set('approval.remember', policy.remember.join(', '))
  if (policy.agents) settings.set('match.agents', policy.agents.join(', '))
  if (policy.workspaces) settings.set('match.workspaces', policy.workspaces.join(', '))
  return settings
}

function append(settings: Map<string, string>, name: string, text: string): void {
  const known = settings.get(name)
  if (known === undefined) settings.set(name, text)
  else if (!known.split('; ').includes(text)) settings.set(name, `${known}; ${text}`)
}

function settingsThatDiffer(old: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): PolicyDiff['settings'] {
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((name) => {
    const [before, after] = [old.get(name), now.get(name)]
    return before === after ? [] : [{ name, ...(before !== undefined && { before }), ...(after !== undefined && { after }) }]
  })
}
