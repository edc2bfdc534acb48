/** What an attack may aim at: things outside of the policy it runs under, each there for this attack alone. */
export interface Target {
  /** Its attack, and what the judge calls it. */
  attack: string
  name: string
  /** A folder outside, and a file in it whose content must not come in. */
  folder: string
  secret: string
  /** A key of the user's, which policy denies rather than asks about. */
  key: string
  /** Loopback ports that policy does not allow, with something listening. */
  tcp: number
  udp: number
  /** A Unix socket by path, and one by abstract name. */
  unix: string
  abstract: string
  /** A service of another program whose socket lies in the temporary folder. */
  temporaryUnix: string
  /** A file of another program there. */
  temporarySecret: string
  /** A running program of the user's that is no part of the tree. */
  victim: number
  supervisor: number
  broker: number
  /** The one loopback port that policy allows. */
  allowedTcp: number
  /** Another one that policy allows, with nothing behind it. */
  deadTcp: number
  home: string
  workspace: string
  /** A folder in the workspace for this attack alone. */
  scratch: string
  /** Paddock's own files. */
  policies: string
  journal: string
  endpoint: string
  /** The hook settings of the agent that this run is. */
  settings: string
  /** A terminal of the user's outside of the run; absent where none could be made. */
  terminal?: string
  /** Files in the home in which well-known programs keep tokens. */
  tokens: string[]
  /** A file that policy lets be read, not written, and that this user owns. */
  readable: string
  git?: string
  /** A program that policy forbids. It says so when it runs. */
  forbidden: string
  /** A segment of shared memory (System V) with a secret in it; absent where none could be made. */
  sharedMemory?: number
  /** Whether the extra wall stands, and the network namespace outside where the tree has one of its own. */
  isBehindNamespaces: boolean
  networkNamespace?: string
  /** Secrets that another program keeps in the temporary folder. */
  temporarySecrets: string[]
  /** A file in `/dev/shm` that another program has made; absent where there is no such folder. */
  namedMemory?: string
  /** A name in the workspace of the secret file outside, from before. */
  linked: string
  cli: string
  node: string
}

/** Reports what a call of the attack gave: a negative errno or exit code where it was refused, anything else where it was not. */
export type Note = (call: string, value: number | string | Buffer) => void

export type Group = 'permissive' | 'planting' | 'secrets' | 'writing' | 'network' | 'kernel' | 'races' | 'paddock' | 'namespaces'

/**
 * An attack runs inside the contained tree, in a process of its own, and reports what it was told. Whether it got anywhere is judged
 * outside, by what happened to its target. It must be refused or paused for a person.
 */
export interface Attack {
  name: string
  group: Group
  /** Only where the workspace holds secrets. */
  inKept?: true
  /** It leaves the process that it runs in unfit for others. */
  alone?: true
  /** It reaches all processes of the user: uncontained it is tried after the others. */
  wide?: true
  /** It has no effect to see; where nothing holds it, it worked if not all of its calls were refused. */
  isToldOnly?: true
  /** Why it comes to nothing here even where nothing holds it; for all others it has been seen that it works there. */
  uncontained?: string
  /** Why it can't be tried here; absent where it can. */
  impossible?: (at: Target) => string | undefined
  try(at: Target, note: Note): void | Promise<void>
}
