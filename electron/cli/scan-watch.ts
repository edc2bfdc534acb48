import { once } from 'node:events'
import type { Folders } from '../broker/folders.ts'
import type { ScanReport } from '../contract/finding.ts'
import { Discovery } from '../discovery/discovery.ts'
import { problemFinding } from '../discovery/findings.ts'
import { gapsOf } from '../discovery/gaps.ts'
import type { DiscoveryKnowledge } from '../discovery/open.ts'
import { serversOf, type ReportContext } from '../discovery/report.ts'
import { Watch, type WatchChange } from '../discovery/watch.ts'
import { agentText, levels, type ScanOptions } from './scan.ts'

/** How often the broker is asked whom it holds, in milliseconds. */
const ASK_AGAIN = 2000

/**
 * `paddock scan --watch`: a line for each change until it is interrupted. Every line has the form of a scan and holds what
 * changed; the first holds what is not about a single agent.
 */
export async function watchCommand(options: ScanOptions, { catalogue, registry, problems }: DiscoveryKnowledge, { home, endpoint }: Folders): Promise<number> {
  const start = performance.now()
  const tookMs = (): number => Math.round((performance.now() - start) * 10) / 10
  let levelOf = await levels(endpoint)
  const asking = setInterval(() => void levels(endpoint).then((fresh) => (levelOf = fresh)), ASK_AGAIN)
  const context = (): ReportContext => ({ catalogue, registry, home, levelOf })
  const print = (change: string, report: Partial<ScanReport>): void =>
    console.log(JSON.stringify({ change, at: Date.now(), agents: [], findings: [], servers: [], tookMs: tookMs(), ...report }))
  const tell = ({ change, agent, findings }: WatchChange): void => {
    if (options.json) print(change, { agents: [agent], findings })
    else console.log(changeText(change, agent))
  }
  const watch = new Watch(new Discovery(catalogue, home, { patient: true }), context, tell)
  await watch.start()
  const { servers, findings } = serversOf(watch.picture, watch.told.flatMap(({ agent }) => agent.folder ?? []), context())
  const gaps = [...gapsOf(), ...(watch.eventsProblem === undefined || process.platform !== 'linux' ? [] : [`${watch.eventsProblem} New processes are looked for every second instead.`])]
  if (options.json) print('watching', { servers, findings: [...problems.map(problemFinding), ...findings], gaps })
  else console.log(['Watching for agents. Ctrl+C ends it.', ...gaps].join('\n'))
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  watch.stop()
  clearInterval(asking)
  return 0
}

function changeText(change: WatchChange['change'], agent: WatchChange['agent']): string {
  return change === 'gone' ? `\n${agent.name} (process ${agent.pid}) has ended.` : `${agentText(agent)}${change === 'changed' ? '\n  (changed)' : ''}`
}
