import type { ContainedProcess } from '../contract/containment.ts'
import type { Effect } from '../contract/effect.ts'
import type { FenceLink } from './containment.ts'

/** A paused operation as a person is asked about it. */
export interface Question {
  process: ContainedProcess
  effects: readonly Effect[]
  /** Set where the answer may cover everything of the kind that this cause does in a folder. */
  folder?: string
  /** The folder that an Allow may be made to cover, where it does not already. */
  within?: string
}

export type Answered = 'allow' | 'allow in folder' | 'deny'

/** Asks whoever can answer. `gone` is aborted when the program that waits has ended. */
export type Ask = (question: Question, gone?: AbortSignal) => Promise<Answered>

/** Asks over the link to the broker. Whatever is unanswered when the link closes is denied, and so is all that comes later. */
export function askOver(link: FenceLink): Ask {
  const answers = new Map<number, (verdict: Answered) => void>()
  let count = 0
  let isOpen = true
  link.onMessage((message) => {
    if (message.type === 'answer') answers.get(message.id)?.(message.verdict)
  })
  link.onClose(() => {
    isOpen = false
    answers.forEach((answer) => answer('deny'))
  })
  return ({ process, effects, folder, within }, gone) =>
    new Promise((resolve) => {
      if (!isOpen) return resolve('deny')
      const id = ++count
      const settle = (verdict: Answered): void => {
        answers.delete(id)
        resolve(verdict)
      }
      answers.set(id, settle)
      gone?.addEventListener('abort', () => {
        link.send({ type: 'withdrawn', id })
        settle('deny')
      })
      link.send({ type: 'operation', id, process, effects: [...effects], ...(folder !== undefined && { folder }), ...(within !== undefined && { within }) })
    })
}
