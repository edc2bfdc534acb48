import type { State } from '../contract/operator.ts'
import type { Host } from './host.ts'

/**
 * Says aloud when an agent starts that nobody authorised, once for each; a click opens where it can be authorised, paused,
 * ended or ignored. Nothing is done to it meanwhile.
 */
export function runningNotice(host: Host, open: () => void): (state: State) => void {
  const told = new Set<string>()
  return ({ running }) => {
    const fresh = running.agents.filter(({ pid, startedAt, findings }) => findings.some(({ kind }) => kind === 'unauthorized-agent') && !told.has(`${pid}:${startedAt}`))
    for (const { pid, startedAt } of fresh) told.add(`${pid}:${startedAt}`)
    const [first] = fresh
    if (!first || !host.Notification.isSupported()) return
    const title = fresh.length === 1 ? `${first.name} runs, and nobody authorised it` : `${fresh.length} agents run that nobody authorised`
    const body = fresh.map(({ name, folder }) => (folder === undefined ? name : `${name} in ${folder}`)).join('\n')
    const notification = new host.Notification({ title, body })
    notification.on('click', open)
    notification.show()
  }
}
