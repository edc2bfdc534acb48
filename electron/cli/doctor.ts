import { foldersOf, type Folders } from '../broker/folders.ts'
import { connectorsFor } from '../connectors/installed.ts'
import { gapsOf } from '../discovery/gaps.ts'
import { procEvents } from '../discovery/linux/proc-events.ts'
import { managedFolder, openKnowledge } from '../discovery/open.ts'
import { askStatus } from './status.ts'

/** One thing that was looked at. */
interface Check {
  what: string
  fine: boolean
  /** How it stands; where it is not fine, what to do or what that means. */
  how: string
}

/** `paddock doctor`: how well Paddock can work here, and what it can't do on this machine. Exit code 1 when something is lacking. */
export async function doctorCommand(options: { json?: boolean }): Promise<number> {
  const folders = foldersOf(process.env)
  const status = await askStatus(folders.endpoint)
  const checks = [broker(status), ...agents(folders, status), seen(), events(), knowledge(folders)]
  if (options.json) console.log(JSON.stringify({ platform: process.platform, node: process.version, checks }))
  else console.log([`Paddock on ${process.platform} ${process.arch}, Node ${process.version}`, ...checks.map(({ what, fine, how }) => `${fine ? 'ok  ' : 'GAP '} ${what}: ${how}`)].join('\n'))
  return checks.every(({ fine }) => fine) ? 0 : 1
}

type Status = Awaited<ReturnType<typeof askStatus>>

function broker(status: Status): Check {
  return { what: 'Broker', fine: status !== undefined, how: status ? `runs, process ${status.pid}, version ${status.version}.` : 'does not run: every call of a connected agent is refused. Start it with "paddock serve".' }
}

/** Connected is what the canary proved: without a broker nothing is. */
function agents(folders: Folders, status: Status): Check[] {
  const installed = connectorsFor(folders).map((connector) => connector.inspect()).filter((connection) => connection.installed)
  return installed.map(({ agent, name, state, level, note }) => {
    const canary = state === 'connected' ? status?.canaries.find((one) => one.agent === agent) : undefined
    const proof = canary ? ` ${canary.held ? '' : 'This agent is no longer held. '}${canary.message}` : state === 'connected' ? ' Its hook was not tried yet.' : ''
    const fine = state === 'connected' && (status === undefined || canary?.held === true)
    return { what: name, fine, how: `${state}, ${canary?.held === false ? 'observed' : level}.${note === undefined ? '' : ` ${note}`}${proof}` }
  })
}

function seen(): Check {
  const gaps = gapsOf()
  return { what: 'Finding agents', fine: gaps.length === 0, how: gaps.length === 0 ? 'processes and sockets of every user are seen.' : gaps.join(' ') }
}

function knowledge({ home, config, shipped }: Folders): Check {
  const opened = openKnowledge({ home, config, shipped, managed: managedFolder() })
  const problems = opened.ok ? opened.value.problems : opened.error
  return { what: 'Catalogue and registry', fine: problems.length === 0, how: problems.length === 0 ? 'read without error.' : problems.join(' ') }
}

function events(): Check {
  const opened = procEvents({ names: [], system: /./ }, () => {}, () => {})
  if (opened.ok) opened.value.stop()
  return { what: 'Events of processes', fine: opened.ok, how: opened.ok ? 'the kernel tells of each program as it starts.' : `${opened.error} New processes are looked for every second instead; what lives shorter may be missed.` }
}
