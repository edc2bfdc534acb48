import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseKnowledge, type Knowledge } from '../../electron/effects/knowledge.ts'

const folder = join(import.meta.dirname, '../../policies/knowledge')

/** The texts of the shipped files that say what programs do, as `parseKnowledge` takes them. */
export const knowledgeFiles = [...readdirSync(join(folder, 'commands')).map((name) => `commands/${name}`), 'variables.yaml', 'secrets.yaml'].map(
  (name) => ({ file: `policies/knowledge/${name}`, text: readFileSync(join(folder, name), 'utf8') }),
)

/** What ships with Paddock. */
export const shippedKnowledge: Knowledge = parsed()

function parsed(): Knowledge {
  const result = parseKnowledge(knowledgeFiles)
  if (!result.ok) throw new Error(result.error.join('\n'))
  return result.value
}
