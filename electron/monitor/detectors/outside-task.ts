import type { Action } from '../action.ts'
import { ALONE, type Detector, type Moment } from '../detector.ts'
import { contradicts, explains, sharedContent, unnamedDestinations, type Request } from '../request.ts'
import type { Finding } from '../score.ts'

/** A hint, to be seen in the record: not enough to ask. */
const HINT = 1
/** However many hints there are, they never ask by themselves, nor with what is merely new. */
const MOST_HINTS = 2

/** So many words and marks in common show that a call belongs to the task. */
const SHARED = 3

/**
 * A tool that acts on the world, where the person's words explain neither the action nor whom it goes to. Silent when there are no
 * words, and about reading.
 */
export const outsideTask: Detector = { name: 'outside-task', find }

function find({ action, session: { request, readings, lookedUp, found: results }, profile }: Moment): Finding[] {
  if (!action.isTool || !action.acts || request.isUnknown) return []
  const explained = explains(request, action)
  const strangers = unnamedDestinations(request, action, lookedUp).filter((to) => profile?.knows(`to:${action.tool}|${to}`) !== true)
  const elsewhere = strangers.length > 0 ? `, and it goes to ${list(strangers)}, which the task does not name` : ''
  const shares = sharedContent(request, action.content) + sharedNumbers(action, request) + (explained === 'verb' ? foundValues(action, results) : 0)
  const isNew = profile?.isSettled === true && !profile.knows(`tool:${action.tool}`)
  switch (explained) {
    case 'not':
      // What is delegated to a text may be anything, but not to an address that nobody named.
      if (request.delegates && strangers.every((to) => readings.some(({ delegated }) => delegated?.includes(to)))) return [found(HINT, `The task does not ask for ${action.tool}, but leaves it to a text what is to be done.`)]
      if (strangers.length === 0 && shares >= SHARED) return [found(HINT, `The task asks for nothing like ${action.tool}, though it is about the same things.`)]
      return [found(ALONE, `The task asks for nothing like ${action.tool}${elsewhere}.`)]
    case 'verb':
    case 'object': {
      const says = `The task explains only a part of ${action.tool}${elsewhere}`
      if (strangers.length > 0 && !(explained === 'verb' && request.isOpen)) return [found(ALONE, `${says}.`)]
      // Where the verb is asked for, ids and dates have nothing that the task could name.
      if (shares === 0 && (explained === 'object' ? action.values.length > 0 : action.content.words.size > 0)) return [found(ALONE, `${says}: nothing in its arguments is of the task.`)]
      if (explained === 'object' && isNew) return [found(ALONE, `${says}, and this agent never used it before.`)]
      return [found(HINT, `${says}.`)]
    }
    case 'asked':
      if (strangers.length === 0) return []
      if (contradicts(request, action.content)) return [found(ALONE, `${action.tool} goes to ${list(strangers)}; the task names somebody else.`)]
      if (shares === 0 && !request.isOpen && !request.delegates)
        return [found(ALONE, `${action.tool} goes to ${list(strangers)}; neither that nor anything else in its arguments is of the task.`)]
      return [found(HINT, `${action.tool} goes to ${list(strangers)}, which the task does not name.`)]
  }

  function found(points: number, why: string): Finding {
    return { key: `outside-task ${action.tool} ${points} ${strangers.slice(0, 3).join(' ')}`, points, why, ...(points === HINT ? { group: 'outside-task hints', most: MOST_HINTS } : { group: 'outside-task', most: ALONE }), tags: ['ASI01', 'ASI02', 'AML.T0053'] }
  }
}

/** How many values of a call are numbers that the person said. */
function sharedNumbers({ values }: Action, { text: said }: Request): number {
  return values.filter(({ text }) => /^\d+(?:\.\d+)?$/.test(text) && new RegExp(`(?<![\\d.,])${text.replace('.', '\\.')}(?![\\d]|[.,]\\d)`).test(said)).length
}

/** How many values of a call came from what tools gave back for the request. */
function foundValues({ values }: Action, texts: readonly string[]): number {
  return values.filter(({ text }) => text.length >= 3 && text.length <= 100 && texts.some((one) => one.includes(text.toLowerCase()))).length
}

export function list(names: readonly string[]): string {
  const shown = names.slice(0, 3).map((name) => `"${name.slice(0, 80)}"`)
  return `${shown.join(', ')}${names.length > 3 ? ` and ${names.length - 3} more` : ''}`
}
