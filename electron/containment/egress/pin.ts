import { err, ok, type Result } from '../../contract/result.ts'
import { addressOf, kindOf, type Address, type AddressKind } from './addresses.ts'
import { refusal, type Refusal } from './refusal.ts'
import type { EgressRules } from './rules.ts'

/** Addresses that are tried for one host. */
const MOST_ADDRESSES = 16

/**
 * The addresses that a host stands for and that may be reached, looked up once: whoever connects uses these and no name,
 * so that an answer that changes afterwards changes nothing. Left out are addresses that a rule denies, and
 * those that are not public unless `mayReach` names them; `named` says that the decision already did, for a host that spells its address.
 */
export async function pinnedAddresses(
  target: { host: string; port?: number },
  named: boolean,
  rules: Pick<EgressRules, 'lookup' | 'mayReach' | 'isDenied'>,
): Promise<Result<[Address, ...Address[]], Refusal>> {
  const spelled = spelledAddresses(target.host)
  const found = spelled ? ok(spelled) : await lookUp(target.host, rules)
  if (!found.ok) return found
  const kept: Address[] = []
  let denied: Address | undefined
  let dropped: { address: Address; kind: Exclude<AddressKind, 'public'> } | undefined
  for (const address of found.value) {
    const kind = kindOf(address)
    if (rules.isDenied({ ...target, address })) denied = address
    else if (kind === 'public' || (named && spelled) || (await rules.mayReach({ ...target, address, kind }))) kept.push(address)
    else dropped = { address, kind }
  }
  const [first, ...more] = kept
  if (first !== undefined) return ok([first, ...more])
  if (denied !== undefined) return err(refusal('prohibited', `${target.host} leads to ${denied}, which a rule denies.`))
  if (!dropped) return err(refusal('nameless', `There is no host ${target.host}: its name has no address.`))
  const { address, kind } = dropped
  const leads = spelled && target.host === address ? `${address} is` : `${target.host} leads to ${address}, which is`
  return err(refusal('prohibited', `${leads} ${MEANING[kind]}. Such addresses are reached only when a rule names them; none does.`))
}

const MEANING: Record<Exclude<AddressKind, 'public'>, string> = {
  loopback: 'an address of this machine (loopback)',
  private: 'an address of a private network',
  'link-local': 'a link-local address',
  metadata: 'the metadata service of a cloud',
  multicast: 'a multicast address',
  reserved: 'an address for special purposes',
}

/** What needs no lookup: an address, or a name of this machine, which never goes to a name server (RFC 6761, section 6.3). */
function spelledAddresses(host: string): Address[] | undefined {
  if (host === 'localhost' || host.endsWith('.localhost')) return ['127.0.0.1', '::1']
  const address = addressOf(host)
  return address === undefined ? undefined : [address]
}

async function lookUp(name: string, { lookup }: Pick<EgressRules, 'lookup'>): Promise<Result<Address[], Refusal>> {
  const families = await Promise.allSettled([lookup(name, 4), lookup(name, 6)])
  const found = families.flatMap((family) => (family.status === 'fulfilled' ? family.value : []))
  const failed = families.find((family) => family.status === 'rejected')
  if (found.length === 0 && failed) return err(refusal('unresolved', `The name ${name} can't be looked up: ${reasonOf(failed.reason)}.`))
  const addresses = found.map(addressOf).filter((address) => address !== undefined)
  return ok([...new Set(addresses)].slice(0, MOST_ADDRESSES))
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
