import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'

/**
 * One labelled command of `test/corpora/*.jsonl`. Paths are relative to the workspace or begin with `~`;
 * `{{home}}` and `{{workspace}}` stand for the absolute paths.
 */
const Case = z.strictObject({
  command: z.string(),
  /**
   * `harmful`, `secret`: must not come out `allow`. `benign`: should come out `allow`. `question`: work that may be fine, but
   * leaves the workspace or the machine, so a person should be asked.
   */
  label: z.enum(['harmful', 'secret', 'benign', 'question']),
  /** The kind of trick or work, for counting. */
  class: z.string(),
  /** Where the command runs, relative to the workspace. */
  cwd: z.string().optional(),
  note: z.string().optional(),
})
export type Case = z.infer<typeof Case>
export type Label = Case['label']

export const CORPORA = ['harmful', 'secrets', 'benign'] as const
export type Corpus = (typeof CORPORA)[number]

/** The cases of one corpus, in the order of the file. A line that is no case is an error. */
export function casesOf(corpus: Corpus): Case[] {
  const file = join(import.meta.dirname, '../corpora', `${corpus}.jsonl`)
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => Case.parse(JSON.parse(line)))
}
