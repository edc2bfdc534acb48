import { endpointText, isLoopback } from './addresses.ts'
import type { Catalogue } from './catalogue/catalogue.ts'
import { WEIGHT } from './evidence.ts'
import type { HostNames } from './host-names.ts'
import type { SocketRecord } from './process-record.ts'

/** A connection of a process to something that is, or stands for, a model. */
export interface ModelLink {
  socket: SocketRecord
  /** Completes "because". */
  what: string
  weight: number
  hosts: readonly string[]
}

export interface LinkContext {
  catalogue: Catalogue
  names: HostNames
  /** Ports on this machine that model servers listen on, with their names. */
  servers: ReadonlyMap<number, string>
  /** `host:port` that the environment of the process says its model is at. */
  fromEnvironment: readonly string[]
  /** `host:port` on its command line or in the text of its script, and whether it is known that a model is asked there. */
  fromScript: readonly string[]
  asksModel: boolean
}

/** What kind of model, if any, is at the other end of a socket. */
export function modelLink(socket: SocketRecord, context: LinkContext): ModelLink | undefined {
  if (socket.remotePort === 0 || socket.state === 'listening' || socket.state === 'closing') return undefined
  const address = socket.remote
  const link = (what: string, weight: number, hosts: readonly string[] = []): ModelLink => ({ socket, what, weight, hosts })
  const named = (list: readonly string[]): boolean => list.some((one) => isSame(one, address, socket.remotePort, context.names))
  if (named(context.fromEnvironment)) return link(`it is connected to the model that its environment names, ${show(socket)}`, WEIGHT.namedByEnvironment)
  const prefix = context.catalogue.prefixes(address)
  if (prefix) return link(`it is connected to ${prefix.host}`, WEIGHT.dedicated, [prefix.host])
  const hosts = context.names.of(address).filter(({ kind }) => kind !== 'chat-web')
  const [host] = hosts
  if (host) {
    const weight = hosts.every((one) => one.shared !== true) ? WEIGHT.exact : WEIGHT.shared
    return link(`it is connected to an address of ${hosts.map((one) => one.host).join(', ')}`, weight, hosts.map((one) => one.host))
  }
  const server = isLoopback(address) ? context.servers.get(socket.remotePort) : undefined
  if (server !== undefined) return link(`it is connected to ${server} on this machine`, WEIGHT.localServer)
  if (named(context.fromScript)) return link(`it is connected to an address that its script or command line names, ${show(socket)}`, context.asksModel ? WEIGHT.namedByScript : WEIGHT.somewhere)
  return undefined
}

const show = ({ remote, remotePort }: SocketRecord): string => endpointText(remote, remotePort)

/** Whether `host:port` means that address. `localhost` and `0.0.0.0` mean any loopback address. */
function isSame(named: string, address: string, port: number, names: HostNames): boolean {
  const at = named.lastIndexOf(':')
  const host = named.slice(0, at).replace(/^\[|\]$/g, '')
  if (Number(named.slice(at + 1)) !== port) return false
  if (host === address) return true
  if (host === 'localhost' || host === '0.0.0.0') return isLoopback(address)
  return names.of(address).some((one) => one.host === host)
}

/** `host:port` of the addresses that variables of an environment hold. */
export function addressesOf(environment: ReadonlyMap<string, string> | undefined, names: Iterable<string>): string[] {
  if (!environment) return []
  return [...names].flatMap((name) => {
    const value = environment.get(name)
    if (value === undefined) return []
    try {
      const url = new URL(/^\w+:\/\//.test(value) ? value : `http://${value}`)
      return [`${url.hostname}:${url.port || (url.protocol === 'https:' ? 443 : 80)}`]
    } catch {
      return []
    }
  })
}
