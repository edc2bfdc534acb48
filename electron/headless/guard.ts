import type { IncomingMessage } from 'node:http'

/** What the guard needs to know about processes. */
export interface Peers {
  /** The process at the other end of a loopback connection, where the platform can tell. */
  processOfTcpPeer(peer: { localPort: number; remotePort: number }): number | undefined
  descendsFromAgent(pid: number): boolean
}

export interface Refusal {
  status: number
  message: string
}

/** Why a request gets nothing at all, whatever it asks for and whatever it presents. */
export function refusalOf(request: IncomingMessage, peers: Peers): Refusal | undefined {
  const { localPort, remotePort } = request.socket
  if (localPort === undefined || remotePort === undefined) return { status: 400, message: 'The connection is closed.' }
  const pid = peers.processOfTcpPeer({ localPort, remotePort })
  if (pid !== undefined && peers.descendsFromAgent(pid))
    return { status: 403, message: 'Process of an agent: an agent may not act as the operator.' }
  // A name that someone else's DNS points here would make their page one of ours.
  if (!hostsOf(localPort).includes(request.headers.host ?? ''))
    return {
      status: 403,
      message: `Open http://127.0.0.1:${localPort}/ here. If you forward the port, forward it under the same number.`,
    }
  return undefined
}

/** Whether a page of this server made the request. Programs that are not browsers send no origin and are refused. */
export function isOfOurPage(request: IncomingMessage): boolean {
  return request.headers.origin === `http://${request.headers.host}`
}

function hostsOf(port: number): string[] {
  return [`127.0.0.1:${port}`, `localhost:${port}`]
}
