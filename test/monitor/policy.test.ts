import { describe, expect, test } from 'vitest'
import type { Layer } from '../../electron/contract/decision.ts'
import { monitorPolicyOf } from '../../electron/policy/monitor-rules.ts'
import { formatError, parsePolicy } from '../../electron/policy/parse.ts'
import { resolvePolicy, type Policy } from '../../electron/policy/resolve.ts'

function policy(monitor: string, layer: Layer = 'user'): Policy {
  const parsed = parsePolicy(`paddock: 1\nname: p\n${monitor === '' ? '' : `monitor: ${monitor}\n`}`, 'p.yaml')
  const resolved = parsed.ok ? resolvePolicy(parsed.value, layer, []) : parsed
  if (!resolved.ok) throw new Error(resolved.error.map(formatError).join('\n'))
  return resolved.value
}

describe('what policies say of the monitor', () => {
  test('has defaults where none says anything', () => {
    expect(monitorPolicyOf([policy('')])).toMatchObject({ record: 1, ask: 4, pause: 12, off: new Set() })
  })

  test('is the strictest of what several say, whatever their order', () => {
    const two = [policy('{ ask: 10, off: [rate, novelty], flows: ["*.a.example", b.example] }'), policy('{ ask: 6, pause: 20, off: [rate], flows: [x.a.example] }')]
    for (const policies of [two, two.toReversed()]) {
      const { ask, pause, off, mayFlow } = monitorPolicyOf(policies)
      expect({ ask, pause, off: [...off] }).toEqual({ ask: 6, pause: 20, off: ['rate'] })
      expect(['x.a.example', 'y.a.example', 'b.example'].map(mayFlow)).toEqual([true, false, false])
    }
  })

  test('can only be made stricter by a policy of a project', () => {
    expect(monitorPolicyOf([policy('{ ask: 50, off: [taint], flows: ["*"] }', 'project')])).toMatchObject({ ask: 4, off: new Set() })
    expect(monitorPolicyOf([policy('{ ask: 50, flows: ["*"] }', 'project')]).mayFlow('a.example')).toBe(false)
    expect(monitorPolicyOf([policy('{ ask: 8 }'), policy('{ ask: 2 }', 'project')]).ask).toBe(2)
  })

  test('names what is misspelt', () => {
    for (const [text, message] of [['{ of: [rate] }', 'did you mean "off"'], ['{ ask: 0 }', 'a score is more than 0'], ['{ off: [rats] }', 'monitor.off']] as const)
      expect(() => policy(text), text).toThrow(message)
  })
})
