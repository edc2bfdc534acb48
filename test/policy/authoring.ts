import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Decision } from '../../electron/contract/decision.ts'
import type { AbsolutePath } from '../../electron/contract/ids.ts'
import { effectsOf } from '../../electron/effects/effects-of.ts'
import type { Effect } from '../../electron/contract/effect.ts'
import { compile } from '../../electron/policy/compile.ts'
import { decide } from '../../electron/policy/decide.ts'
import { lint, type Warning } from '../../electron/policy/lint.ts'
import type { LintContext } from '../../electron/policy/lint-broad.ts'
import { formatError, parsePolicy, type PolicyFile } from '../../electron/policy/parse.ts'
import { resolvePolicy, type Policy } from '../../electron/policy/resolve.ts'
import { parseSharedDomains } from '../../electron/policy/shared-domains.ts'
import type { Variables } from '../../electron/policy/variables.ts'
import { madeUpWorld } from '../support/made-up-world.ts'
import { shippedKnowledge } from '../support/shipped-knowledge.ts'

export const WORKSPACE = '/work/app' as AbsolutePath

const world = madeUpWorld({ home: '/home/mira', files: { '/work/app/build.sh': '#!/bin/sh\necho built\n', '/lib': { to: 'usr/lib' }, '/home/mira/code': { to: '/data/code' } } })

export const variables: Variables = {
  workspace: '/‹workspace›',
  home: '/home/mira',
  tmp: '/tmp',
  secrets: shippedKnowledge.secrets,
  paddock: ['/home/mira/.config/paddock/**'],
  'paddock-state': [],
  'agent-settings': [],
  registries: [],
}

export const lintContext: LintContext = {
  knowledge: shippedKnowledge,
  sharedDomains: sharedDomains(),
  variables,
  canonical: (path) => world.canonical(path),
}

function sharedDomains() {
  const file = join(import.meta.dirname, '../../policies/knowledge/shared-domains.yaml')
  const parsed = parseSharedDomains(readFileSync(file, 'utf8'), file)
  if (!parsed.ok) throw new Error(parsed.error.join('\n'))
  return parsed.value
}

/** A policy file of this body, with what it extends. Throws with its errors. */
export function written(body: string, file = 'mine.yaml', library: readonly PolicyFile[] = []): { file: PolicyFile; policy: Policy } {
  const parsed = parsePolicy(`paddock: 1\nname: mine\n${body}`, file)
  if (!parsed.ok) throw new Error(parsed.error.map(formatError).join('\n'))
  const policy = resolvePolicy(parsed.value, 'user', library)
  if (!policy.ok) throw new Error(policy.error.map(formatError).join('\n'))
  return { file: parsed.value, policy: policy.value }
}

export function warnings(body: string, library: readonly PolicyFile[] = []): Warning[] {
  const { file, policy } = written(body, 'mine.yaml', library)
  return lint(file, policy, lintContext)
}

/** The effects of a shell command in the workspace. */
export function effectsOfCommand(command: string): Effect[] {
  return effectsOf({ tool: 'shell', command, shell: 'bash' }, { cwd: WORKSPACE, workspace: WORKSPACE, world, knowledge: shippedKnowledge })
}

/** What policies alone say of effects in the workspace. */
export function decided(effects: readonly Effect[], ...policies: Policy[]): Decision {
  return decide(effects, compile(policies, { ...variables, workspace: WORKSPACE }, false))
}
