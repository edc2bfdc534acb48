import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import type { Effect } from '../../electron/contract/effect.ts'
import type { AbsolutePath } from '../../electron/contract/ids.ts'
import { effectsOf } from '../../electron/effects/effects-of.ts'
import { notation } from '../support/effect-notation.ts'
import { madeUpWorld } from '../support/made-up-world.ts'
import { shippedKnowledge as knowledge } from '../support/shipped-knowledge.ts'

const Case = z.strictObject({
  command: z.string(),
  is: z.array(z.string()).optional(),
  has: z.array(z.string()).optional(),
  unknown: z.literal(true).optional(),
})
const corpus = (name: string): unknown => parse(readFileSync(join(import.meta.dirname, `../corpora/shell/${name}.yaml`), 'utf8'))

const world = madeUpWorld({
  files: {
    '/home/u/.ssh/id_rsa': '', '/home/u/.bashrc': '', '/tmp/ls': '',
    '/w/a.ts': '', '/w/.env': '', '/w/package.json': '{}', '/w/src/x.py': '', '/w/src/y.py': '', '/w/.git/config': '',
    '/w/link': { to: '/home/u/.ssh' }, '/w/dangling': { to: '../home/u/.bashrc' },
  },
})
const around = { cwd: '/w' as AbsolutePath, workspace: '/w' as AbsolutePath, world, knowledge }
const judge = (command: string): Effect[] => effectsOf({ tool: 'shell', command }, around)

describe('a known way round is seen through, or said to be unknown', () => {
  for (const { class: name, cases } of z.array(z.strictObject({ class: z.string(), cases: z.array(Case) })).parse(corpus('bypasses')))
    describe(name, () => {
      test.for(cases)('$command', ({ command, has = [], unknown }) => {
        const effects = judge(command)
        expect(effects.map(notation)).toEqual(expect.arrayContaining(has))
        if (unknown) expect(effects.map((effect) => effect.kind)).toContain('unknown')
      })
    })
})

describe('everyday work has exactly the effects that it has', () => {
  test.for(z.array(Case).parse(corpus('everyday')))('$command', ({ command, is, has }) => {
    const effects = judge(command).map(notation)
    if (is) expect(effects).toEqual(is)
    expect(effects).toEqual(expect.arrayContaining(has ?? []))
    expect(effects.filter((effect) => effect.startsWith('unknown'))).toEqual([])
  })
})
