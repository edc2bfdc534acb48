import { describe, expect, test } from 'vitest'
import { SandboxRuntimeConfigSchema } from '@anthropic-ai/sandbox-runtime'
import { settingsFor } from '../../../electron/containment/macos/settings.ts'
import type { FenceRule, FenceTerms } from '../../../electron/contract/containment.ts'

// What Seatbelt is told, from what policy says. The profile itself is sandbox-runtime's.

const nothing = { read: [], write: [], delete: [] }

function terms(rules: readonly Omit<FenceRule, 'layer' | 'source'>[], more: Partial<FenceTerms> = {}): FenceTerms {
  return {
    revision: 1,
    default: 'ask',
    rules: rules.map((rule) => ({ ...rule, layer: 'user', source: 'mine.yaml:1' })),
    grants: [],
    variables: { workspace: '/Users/a/work', home: '/Users/a', tmp: '/private/tmp', secrets: ['${home}/.ssh/**', '**/id_rsa'] },
    knowledge: { files: nothing, listen: [], network: [], plain: [], quiet: { read: [], write: [], network: [] }, transparent: [], carriers: [], tended: [], doors: [], commands: [], own: nothing },
    asksUnannounced: false,
    ...more,
  }
}

const rule = (section: FenceRule['section'], verdict: FenceRule['verdict'], pattern: string) => ({ section, verdict, pattern })

function settings(of: FenceTerms) {
  const found = settingsFor(of)
  if (!found.ok) throw new Error(found.error)
  return { ...found.value.filesystem, kept: found.value.credentials?.files?.map(({ path }) => path) ?? [], network: found.value.network }
}

describe('files', () => {
  test('nothing is read or written but what rules and machine allow', () => {
    const machine = { ...terms([]).knowledge, files: { read: ['/usr/{bin,lib}/**'], write: ['/dev/null'], delete: [] } }
    const { denyRead, allowRead, allowWrite } = settings(terms([rule('files.read', 'allow', '${workspace}/**'), rule('files.write', 'allow', '${tmp}/**')], { knowledge: machine }))
    expect(denyRead).toEqual(['/'])
    expect(allowRead).toEqual(['/Users/a/work/**', '/usr/bin/**', '/usr/lib/**'])
    expect(allowWrite).toEqual(['/private/tmp/**', '/dev/nul[l]'])
  })

  test('a path without a wild card is allowed alone, and not what lies below it', () => {
    expect(settings(terms([rule('files.read', 'allow', '${home}')])).allowRead).toEqual(['/Users/[a]'])
  })

  test.each(['deny', 'ask'] as const)('what a rule says %s to is refused, also inside of what is allowed', (verdict) => {
    const { kept, denyWrite } = settings(terms([rule('files.read', verdict, '${secrets}'), rule('files.write', verdict, '${workspace}/.git/hooks/**')]))
    expect(kept).toEqual(['/Users/a/.ssh/**', '/**/id_rsa'])
    expect(denyWrite).toEqual(['/Users/a/work/.git/hooks/**'])
  })

  test('what may not be removed may not be written, but for what a program tends itself', () => {
    const tended = [{ programs: ['/usr/bin/git'], commands: [], without: [], variables: { steering: [], harmless: [] }, write: [], delete: ['${workspace}/.git/**'] }]
    const rules = [rule('files.delete', 'ask', '${workspace}/.git/**'), rule('files.delete', 'ask', '${workspace}/data/**')]
    expect(settings(terms(rules, { knowledge: { ...terms([]).knowledge, tended } })).denyWrite).toEqual(['/Users/a/work/data/**'])
  })

  test('an allowed "*" and a granted path count', () => {
    const grants = [{ section: 'files.read' as const, pattern: '/Users/a/notes/*.txt' }]
    expect(settings(terms([], { grants })).allowRead).toEqual(['/Users/a/notes/*.txt'])
    expect(settings(terms([], { default: 'allow' })).allowRead).toEqual(['/**'])
  })

  test('a name with the signs of patterns in it stays that name', () => {
    const { allowRead, kept } = settings(terms([rule('files.read', 'allow', '${workspace}/**'), rule('files.read', 'deny', '${workspace}/x')], { variables: { workspace: '/Users/a/[b] *' } }))
    expect([allowRead, kept]).toEqual([['/Users/a/[[]b] [*]/**'], ['/Users/a/[[]b] [*]/x']])
  })

  test('a class that negates is not allowed, and nothing starts where it is refused', () => {
    expect(settings(terms([rule('files.read', 'allow', '/data/[!x]*')])).allowRead).toEqual([])
    expect(settingsFor(terms([rule('files.read', 'deny', '/data/[!x]*')]))).toEqual({ ok: false, error: expect.stringContaining('files.read: deny: /data/[!x]*') })
  })
})

describe('network', () => {
  test('every host is asked about', () => {
    expect(settings(terms([rule('network', 'allow', 'example.com:443')])).network).toMatchObject({ allowedDomains: [], deniedDomains: [], allowLocalBinding: false })
  })

  test('loopback is open where policy allows to offer and to reach every port of it', () => {
    const both = [rule('network', 'allow', 'loopback'), rule('listen', 'allow', 'loopback')]
    expect(settings(terms(both)).network.allowLocalBinding).toBe(true)
    expect(settings(terms(both.slice(0, 1))).network.allowLocalBinding).toBe(false)
  })

  test('the endpoint for hooks stays reachable', () => {
    const knowledge = { ...terms([]).knowledge, doors: ['/Users/a/\\[x\\]/broker.sock'] }
    expect(settings(terms([], { knowledge })).network.allowUnixSockets).toEqual(['/Users/a/[x]/broker.sock'])
  })
})

test('sandbox-runtime takes the settings', () => {
  const found = settingsFor(terms([rule('files.read', 'allow', '${workspace}/**'), rule('files.write', 'ask', '${workspace}/.git/**'), rule('files.read', 'deny', '${secrets}')]))
  expect(found.ok && SandboxRuntimeConfigSchema.safeParse(found.value).error).toBeUndefined()
})
