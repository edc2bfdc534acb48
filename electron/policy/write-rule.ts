import { Document, isMap, isSeq, parseDocument, YAMLMap, YAMLSeq } from 'yaml'
import { err, ok, type Result } from '../contract/result.ts'
import type { GrantRule } from './grant-rules.ts'
import { parsePolicy } from './parse.ts'

/** The policy file that remembered rules of an agent go into. */
export interface RuleTarget {
  /** Name of the policy, should the file have to be made. */
  name: string
  agent: string
  /** The shipped policies that are in force for the agent now: a new file must go on extending them. */
  extends: readonly string[]
}

/**
 * The text of a policy file with the rules added to it, and the lines that are new. `text` is the file as it is, or
 * undefined when there is none yet. Comments and order stay. Fails when the file has errors.
 */
export function addRules(
  text: string | undefined,
  rules: readonly GrantRule[],
  target: RuleTarget,
): Result<{ text: string; adds: string }, string> {
  if (text !== undefined) {
    const current = parsePolicy(text, target.name)
    if (!current.ok) return err(`the policy file has errors: ${current.error[0]?.message ?? ''}`)
  }
  const document = text === undefined ? new Document(skeleton(target)) : parseDocument(text)
  for (const { section, pattern } of rules) addRule(document, [...section.split('.'), 'allow'], pattern)
  const changed = document.toString({ lineWidth: 0, flowCollectionPadding: false })
  return ok({ text: changed, adds: newLines(text ?? '', changed) })
}

function skeleton({ name, agent, extends: parents }: RuleTarget): object {
  return {
    paddock: 1,
    name,
    description: `What the operator allowed ${agent} for good.`,
    ...(parents.length > 0 && { extends: parents }),
    match: { agents: [agent] },
  }
}

/** Adds the pattern to the list at `path`, making the maps and the list on the way. */
function addRule(document: Document, path: readonly string[], pattern: string): void {
  for (let depth = 1; depth < path.length; depth++) {
    const at = path.slice(0, depth)
    if (!isMap(document.getIn(at))) document.setIn(at, new YAMLMap())
  }
  const list = document.getIn(path)
  if (isSeq(list)) list.add(document.createNode(pattern))
  else {
    const made = new YAMLSeq()
    made.add(document.createNode(pattern))
    document.setIn(path, made)
  }
}

/** The lines of `after` that `before` does not have, in order: the edit only inserts. */
function newLines(before: string, after: string): string {
  const old = before.split('\n')
  let at = 0
  const added = after.split('\n').filter((line) => {
    if (line !== old[at]) return true
    at += 1
    return false
  })
  return added.join('\n')
}
