import type { Recording } from './recording.ts'

/** What a test asks of the program's surroundings: to look, or to do what a person would do there. */
export type Command =
  | { do: 'look' }
  | { do: 'click-tray' }
  | { do: 'click-menu'; label: string }
  | { do: 'click-notification'; button?: true }
  | { do: 'close-window'; url: string }
  | { do: 'ask-permission'; permission: string }
  | { do: 'quit' }

export interface Answers {
  look: Recording
  'ask-permission': { request: boolean; check: boolean; device: boolean }
}
export type AnswerTo<C extends Command> = C['do'] extends keyof Answers ? Answers[C['do']] : undefined

/** From the test to the program. */
export interface ControlRequest {
  id: number
  command: Command
}

/** From the program to the test: first where its Chromium is, then an answer for each request. */
export type ControlMessage = { browser: string } | { id: number; output: unknown } | { id: number; error: string }
