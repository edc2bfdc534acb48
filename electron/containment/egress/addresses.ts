import { canonicalHost } from '../../effects/host.ts'
import { inRange, parseAddress, parseRange, type Address as Bytes, type Range } from '../../policy/address.ts'
import { parseHostPattern } from '../../policy/host-index.ts'

/** An IP address in canonical form: dotted decimals, or IPv6 compressed. */
export type Address = string

/** What an address is for. Everything but `public` is reached only when a rule names it. */
export type AddressKind = 'public' | 'loopback' | 'private' | 'link-local' | 'metadata' | 'multicast' | 'reserved'

/** The canonical form of an address however it is spelled; undefined for what is none, a name for example. */
export function addressOf(text: string): Address | undefined {
  const host = canonicalHost(text)
  return host !== undefined && parseAddress(host) ? host : undefined
}

/**
 * Whether a rule that names a host lets it be reached at an address of this kind. Who owns a name says where it leads; names of a
 * company do lead into its private network. That one leads to this machine or to the metadata service is never what the rule meant.
 */
export function isReachedByName(kind: AddressKind): boolean {
  return kind === 'public' || kind === 'private' || kind === 'reserved'
}

/** What the address is for; IPv4 inside of IPv6 (translated, tunnelled) is what the IPv4 address is. */
export function kindOf(address: Address): AddressKind {
  const bytes = parseAddress(address)
  return bytes ? kindOfBytes(bytes) : 'reserved'
}

function kindOfBytes(bytes: Bytes): AddressKind {
  for (const [kind, ranges] of KINDS) if (ranges.some((range) => inRange(bytes, range))) return kind
  for (const [range, at, flip] of EMBEDDED)
    if (inRange(bytes, range)) return kindOfBytes(bytes.slice(at, at + 4).map((byte) => byte ^ flip))
  if (bytes.length === 16 && isIsatap(bytes)) return kindOfBytes(bytes.slice(12))
  return 'public'
}

/** The groups that policies have words for, in the ranges that policies give them. */
function group(word: 'loopback' | 'private' | 'link-local' | 'metadata'): readonly Range[] {
  const parsed = parseHostPattern(word)
  if ('error' in parsed || parsed.pattern.kind !== 'range') throw new Error(`policies have no word "${word}"`)
  return parsed.pattern.ranges
}

const ranges = (...texts: string[]): Range[] => texts.map((text) => parseRange(text)!)

/** In this order: the metadata services have addresses inside other ranges. The last two: IANA special-purpose registries. */
const KINDS: readonly (readonly [AddressKind, readonly Range[]])[] = [
  ['metadata', group('metadata')],
  ['loopback', group('loopback')],
  ['private', [...group('private'), ...ranges('fec0::/10')]],
  ['link-local', group('link-local')],
  ['multicast', ranges('224.0.0.0/4', 'ff00::/8')],
  [
    'reserved',
    ranges(
      '0.0.0.0/8', '192.0.0.0/24', '192.0.2.0/24', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '240.0.0.0/4',
      '100::/64', '2001:2::/48', '2001:db8::/32', '3fff::/20', '5f00::/16',
    ),
  ],
]

/**
 * Where IPv6 carries an IPv4 address: the range, the first of its four bytes, and what they are XORed with. Mapped and
 * compatible (RFC 4291), translated (RFC 2765), NAT64 (RFC 6052, 8215), 6to4 (RFC 3056), Teredo (RFC 4380).
 */
const EMBEDDED: readonly (readonly [Range, number, number])[] = [
  [parseRange('::ffff:0:0/96')!, 12, 0],
  [parseRange('::/96')!, 12, 0],
  [parseRange('::ffff:0:0:0/96')!, 12, 0],
  [parseRange('64:ff9b::/96')!, 12, 0],
  [parseRange('64:ff9b:1::/48')!, 12, 0],
  [parseRange('2002::/16')!, 2, 0],
  [parseRange('2001::/32')!, 12, 0xff],
]

/** RFC 5214: an interface identifier of `0:5efe` or `200:5efe` and an IPv4 address. */
function isIsatap(bytes: Bytes): boolean {
  return (bytes[8] === 0 || bytes[8] === 2) && bytes[9] === 0 && bytes[10] === 0x5e && bytes[11] === 0xfe
}
