import type { Action } from '../action.ts'
import { ALONE, type Detector, type Moment } from '../detector.ts'
import type { Directive } from '../directives.ts'
import type { Reading } from '../reading.ts'
import { explains, type Request } from '../request.ts'
import type { Finding } from '../score.ts'
import { contentWords } from '../words.ts'
import { list } from './outside-task.ts'

/** Fewer words in common, or a smaller share of those of the order, are chance. */
const FEWEST_WORDS = 4
const MOST_OF = 0.6

/**
 * A text that a tool gave back tells to do just what the call does, with the same address, name or words, and the person did not.
 * Who wrote the text and how is not asked: not the words of known attacks are looked for, but whose order is carried out. Where the
 * person asked for such an action, the value may rightly come from a text; then it takes a sign that the text speaks to the agent.
 */
export const provenance: Detector = { name: 'provenance', find }

function find({ action, session: { readings, request } }: Moment): Finding[] {
  if (!action.acts || action.actions.length === 0) return []
  const asked = !action.isTool || explains(request, action) === 'asked'
  for (const reading of readings) {
    const speaks = reading.signs.length > 0
    if (!speaks && (asked || reading.delegated !== undefined)) continue
    for (const directive of reading.directives) {
      if (!directive.actions.some((kind) => action.actions.includes(kind))) continue
      const shared = sharedWith(directive, action, request)
      if (shared.length > 0) return [finding(action, reading, directive, shared)]
    }
  }
  return []
}

/** What an action has in common with an order, and not with the person's words: marks and values, or most of the words of the order. */
function sharedWith({ text: order }: Directive, { content, values }: Action, request: Request): string[] {
  const marks = [...content.marks].filter((mark) => order.includes(mark) && !request.text.includes(mark))
  if (marks.length > 0) return marks
  const names = values.map((value) => value.text.toLowerCase()).filter((name) => name.length >= 2 && name.length <= 100 && !request.text.includes(name) && holds(order, name))
  if (names.length > 0) return names
  if (content.words.size < FEWEST_WORDS) return []
  const ordered = contentWords(order)
  const words = [...content.words].filter((word) => ordered.has(word) && !request.words.has(word))
  return words.length >= FEWEST_WORDS && words.length >= ordered.size * MOST_OF ? words : []
}

/** Whether a text has a name as words of its own. */
function holds(text: string, name: string): boolean {
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1))
    if (!/[\p{L}\p{N}]/u.test(text[at - 1] ?? ' ') && !/[\p{L}\p{N}]/u.test(text[at + name.length] ?? ' ')) return true
  return false
}

function finding({ tool }: Action, { call, tool: source, signs }: Reading, { verb }: Directive, shared: readonly string[]): Finding {
  const [sign] = signs
  const speaks = sign === undefined ? '' : ` That text ${sign}.`
  return {
    key: `provenance ${tool} ${call}`,
    points: ALONE,
    why: `${tool} does what a text says that ${source} gave back (call ${call + 1}: "${verb} ...", with ${list(shared)}), not what the person said.${speaks}`,
    calls: [call],
    group: 'provenance',
    most: ALONE,
    tags: ['ASI01', 'AML.T0051.001', 'AML.T0053'],
  }
}
