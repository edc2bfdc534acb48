import { describe, expect, test } from 'vitest'
import type { AbsolutePath } from '../../electron/contract/ids.ts'
import { effectsOf } from '../../electron/effects/effects-of.ts'
import { parseKnowledge } from '../../electron/effects/knowledge.ts'
import { notation } from '../support/effect-notation.ts'
import { madeUpWorld } from '../support/made-up-world.ts'
import { knowledgeFiles, shippedKnowledge } from '../support/shipped-knowledge.ts'

const errorsOf = (text: string): string[] => {
  const result = parseKnowledge([{ file: 'mine.yaml', text }])
  return result.ok ? [] : result.error
}

describe('a file of knowledge', () => {
  test('adds a program', () => {
    const mine = { file: 'mine.yaml', text: 'programs:\n  deploy:\n    options:\n      --key: read\n    operands: text url\n' }
    const result = parseKnowledge([...knowledgeFiles, mine])
    if (!result.ok) throw new Error(result.error.join())
    const around = { cwd: '/w' as AbsolutePath, workspace: '/w' as AbsolutePath, world: madeUpWorld(), knowledge: result.value }
    expect(effectsOf({ tool: 'shell', command: 'deploy --key ~/k app https://x.example' }, around).map(notation)).toEqual([
      'exec deploy --key /home/u/k app https://x.example', 'read /home/u/k', 'connect x.example:443',
    ])
  })
  test('corrects what came before', () => {
    const result = parseKnowledge([...knowledgeFiles, { file: 'mine.yaml', text: 'programs:\n  cat:\n    operands: write...\n' }])
    expect(result.ok && result.value.programs.get('cat')?.operands.repeated).toBe('write')
  })
  test.for([
    ['programs:\n  x:\n    operands: raed...\n', 'mine.yaml:3:15: ', 'raed'],
    ['programs:\n  x:\n    operand: read\n', 'mine.yaml:3:', 'operand'],
    ['programs:\n  x:\n    options:\n      -f: rad\n', 'mine.yaml:4:11: ', '-f'],
    ['programs:\n  x: [\n', 'mine.yaml:3:1: ', ''],
    ['programs:\n  x: {}\n  x: {}\n', 'mine.yaml:3:3: ', 'unique'],
    ['programs:\n  x y: {}\n  y z: {}\n', 'mine.yaml: ', '"y" is described twice'],
    ['secrets: !!js/function x\n', 'mine.yaml:1:10: ', ''],
  ] as const)('with an error is refused, and says where: %j', ([text, position, what]) => {
    expect(errorsOf(text)[0]).toMatch(position)
    expect(errorsOf(text)[0]).toMatch(what)
  })
})

describe('what ships', () => {
  test('describes each program once', () => {
    const names = knowledgeFiles.flatMap(({ file, text }) => {
      const result = parseKnowledge([{ file, text }])
      return result.ok ? [...result.value.programs.keys()] : []
    })
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
  })
  test('knows where secrets are kept', () => {
    expect(shippedKnowledge.secrets).toEqual(expect.arrayContaining(['${home}/.ssh/**', '${home}/.aws/**', '**/.env', '${home}/.bash_history']))
  })
})
