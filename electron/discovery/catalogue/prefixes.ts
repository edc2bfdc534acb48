import { BlockList, isIP } from 'node:net'

export interface AddressPrefix {
  cidr: string
  owner: string
  host: string
}
/** The prefix that an address is in. */
export type PrefixMatcher = (address: string) => AddressPrefix | undefined

/** Compiles prefixes such as `160.79.104.0/23`. Throws for one that is malformed or so short that it matches a large part of the net. */
export function prefixMatcher(prefixes: readonly AddressPrefix[]): PrefixMatcher {
  const lists = prefixes.map((prefix) => ({ prefix, list: blockList(prefix.cidr) }))
  return (address) => {
    const family = isIP(address)
    if (family === 0) return undefined
    return lists.find(({ list }) => list.check(address, family === 4 ? 'ipv4' : 'ipv6'))?.prefix
  }
}

function blockList(cidr: string): BlockList {
  const [network = '', length = ''] = cidr.split('/')
  const family = isIP(network)
  const bits = Number(length)
  if (family === 0 || !Number.isInteger(bits) || bits > (family === 4 ? 32 : 128)) throw new Error(`"${cidr}" is not an address prefix`)
  if (bits < (family === 4 ? 12 : 24)) throw new Error(`"${cidr}" covers too much of the net to say anything`)
  const list = new BlockList()
  list.addSubnet(network, bits, family === 4 ? 'ipv4' : 'ipv6')
  return list
}
