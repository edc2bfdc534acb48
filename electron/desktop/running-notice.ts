import type { ResponseAction, RunningAgent } from '../contract/finding.ts'
import type { State } from '../contract/operator.ts'
import type { Host } from './host.ts'

export interface RunningNoticeOptions {
  /** Opens the console, where each choice is shown before it is made. */
  open: () => void
  respond: (agent: RunningAgent, action: ResponseAction) => void
}

/**
 * What can be done from the notification itself, where the system shows buttons. Pausing is done at once, for it can be taken
 * back; whatever ends something or changes a file is decided in the console.
 */
const CHOICES = ['Pause', 'Authorise…', 'Restart contained…', 'End…', 'Ignore here…'] as const

/**
 * Says aloud when an agent starts that nobody authorised, once for each; a click opens where it can be authorised, restarted
 * contained, paused, ended or ignored. Nothing is done to it meanwhile.
 */
export function runningNotice(host: Host, { open, respond }: RunningNoticeOptions): (state: State) => void {
  const told = new Set<string>()
  return ({ running }) => {
    const fresh = running.agents.filter(({ pid, startedAt, findings }) => findings.some(({ kind }) => kind === 'unauthorized-agent') && !told.has(`${pid}:${startedAt}`))
    for (const { pid, startedAt } of fresh) told.add(`${pid}:${startedAt}`)
    const [first] = fresh
    if (!first || !host.Notification.isSupported()) return
    const title = fresh.length === 1 ? `${first.name} runs, and nobody authorised it` : `${fresh.length} agents run that nobody authorised`
    const body = fresh.map(({ name, folder }) => (folder === undefined ? name : `${name} in ${folder}`)).join('\n')
    const notification = new host.Notification({ title, body, ...(fresh.length === 1 && { actions: CHOICES.map((text) => ({ type: 'button', text }) as const) }) })
    notification.on('click', open)
    notification.on('action', ({ actionIndex }) => {
      if (CHOICES[actionIndex] === 'Pause') respond(first, 'pause')
      else open()
    })
    notification.show()
  }
}
