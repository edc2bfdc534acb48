import type { IncomingMessage } from 'node:http'

/** What the guard needs to know about processes. */
export interface Peers {
  /** The process at the other end of a loopback connection, where the platform can tell. */
  processOfTcpPeer(localPort: number, remotePort: number): number | undefined
  descendsFromAgent(pid: number): boolean
}

export interface Refusal {
  status: number
  message: string
}

/** Why a request for another host gets nothing: someone else's DNS may point a name here and make their page ours. */
export function refusalOfHost(request: IncomingMessage): Refusal | undefined {
  const { localPort } = request.socket
  if ([`127.0.0.1:${localPort}`, `localhost:${localPort}`].includes(request.headers.host ?? '')) return undefined
  return {
    status: 403,
    message: `Open http://127.0.0.1:${localPort}/ here. If you forward the port, forward it under the same number.`,
  }
}

/** Why a process may not act as the operator, whatever it presents. */
export function refusalOfProcess(request: IncomingMessage, peers: Peers): Refusal | undefined {
  const { localPort, remotePort } = request.socket
  if (localPort === undefined || remotePort === undefined) return { status: 403, message: 'The connection is closed.' }
  const pid = peers.processOfTcpPeer(localPort, remotePort)
  if (pid === undefined || !peers.descendsFromAgent(pid)) return undefined
  return { status: 403, message: `Process ${pid} belongs to an agent, and an agent can't act as the operator.` }
}

/** Whether a page of this server made the request. Programs that are not browsers send no origin and are refused. */
export function isOfOurPage(request: IncomingMessage): boolean {
  return request.headers.origin === `http://${request.headers.host}`
}
