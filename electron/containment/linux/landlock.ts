import { closeSync, fstatSync, openSync } from 'node:fs'
import { err, ok, type Result } from '../../contract/result.ts'
import * as libc from './libc.ts'

/**
 * The floor under a contained tree: a Landlock ruleset (`linux/landlock.h`). What it does not grant, the kernel refuses, whatever
 * the supervisor was told. It grants reading, and starting programs; everything else goes through the supervisor.
 */

const bit = (number: number): bigint => 1n << BigInt(number)

/** Rights on files by the ABI that brought them: up to `make_sym`, `refer`, `truncate`, `ioctl_dev`. */
const HANDLED: readonly [abi: number, rights: bigint][] = [
  [1, (1n << 13n) - 1n],
  [2, bit(13)],
  [3, bit(14)],
  [5, bit(15)],
]
const EXECUTE = bit(0)
const WRITE_FILE = bit(1)
const READ_FILE = bit(2)
const READ_DIRECTORY = bit(3)
const TRUNCATE = bit(14)
const IOCTL_DEVICE = bit(15)
/** `bind_tcp` and `connect_tcp`, ABI 4; abstract Unix sockets and signals, ABI 6. */
const NETWORK = bit(0) | bit(1)
const SCOPED = bit(0) | bit(1)
const PATH_BENEATH = 1
const O_PATH = 0o10000000

/** What the floor grants. Paths that are not there are left out. */
export interface Floor {
  /** Files and folders that may be read, with everything below them. */
  read: string[]
  /** Devices that may be read and written. */
  devices: string[]
  /** Whether what it grants to read is no more than policy does: then reading there needs no supervisor. */
  isFence: boolean
}

/** The Landlock ABI of this kernel; 0 where there is none. */
export function landlockAbi(): number {
  const GET_VERSION = 1
  return Math.max(0, libc.landlockCreateRuleset(null, 0, GET_VERSION))
}

/** Confines the calling thread and everything it starts, for good. Needs `no_new_privs`. The error names the call that failed. */
export function confine(floor: Floor, abi: number): Result<void, string> {
  const handled = HANDLED.filter(([since]) => since <= abi).reduce((all, [, rights]) => all | rights, 0n)
  // struct landlock_ruleset_attr { u64 handled_access_fs, handled_access_net, scoped }
  const attributes = Buffer.alloc(24)
  attributes.writeBigUInt64LE(handled, 0)
  attributes.writeBigUInt64LE(abi >= 4 ? NETWORK : 0n, 8)
  attributes.writeBigUInt64LE(abi >= 6 ? SCOPED : 0n, 16)
  const ruleset = libc.landlockCreateRuleset(attributes, abi >= 6 ? 24 : abi >= 4 ? 16 : 8, 0)
  if (ruleset < 0) return err(`landlock_create_ruleset: ${libc.errnoName(ruleset)}`)
  // Which program starts is asked about each time, and each thing it does is held by itself.
  grant(ruleset, '/', EXECUTE & handled)
  for (const path of floor.read) grant(ruleset, path, (READ_FILE | READ_DIRECTORY) & handled)
  for (const path of floor.devices) grant(ruleset, path, (READ_FILE | WRITE_FILE | TRUNCATE | IOCTL_DEVICE) & handled)
  const restricted = libc.landlockRestrictSelf(ruleset, 0)
  libc.close(ruleset)
  return restricted < 0 ? err(`landlock_restrict_self: ${libc.errnoName(restricted)}`) : ok(undefined)
}

/** A path that can't be opened or granted stays out of the floor, which only makes it tighter. */
function grant(ruleset: number, path: string, rights: bigint): void {
  let handle: number
  try {
    handle = openSync(path, O_PATH)
  } catch {
    return
  }
  const allowed = fstatSync(handle).isDirectory() ? rights : rights & ~READ_DIRECTORY
  // struct landlock_path_beneath_attr { u64 allowed_access; s32 parent_fd } packed
  const rule = Buffer.alloc(12)
  rule.writeBigUInt64LE(allowed, 0)
  rule.writeInt32LE(handle, 8)
  libc.landlockAddRule(ruleset, PATH_BENEATH, rule, 0)
  closeSync(handle)
}
