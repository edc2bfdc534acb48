import type { BrokerMessage, SupervisorMessage } from '../contract/containment.ts'
import type { Result } from '../contract/result.ts'

/** What stands between a contained agent and the machine, strongest first; each is in force or missing. */
export interface Wall {
  name: 'files' | 'programs' | 'network' | 'names' | 'signals' | 'namespaces'
  /** What holds it, in words for a person. */
  how: string
  stands: boolean
}

/** The link to the broker that decides. */
export interface FenceLink {
  send(message: SupervisorMessage): void
  onMessage(listener: (message: BrokerMessage) => void): void
  onClose(listener: () => void): void
}

export interface ContainedRun {
  /** The program, found and absolute. */
  program: string
  argv: readonly string[]
  cwd: string
  environment: Readonly<Record<string, string>>
  /** Folders whose programs go by their bare name. */
  programFolders: readonly string[]
  /** What the broker said when it opened the link. */
  opened: Extract<BrokerMessage, { type: 'contained' }>
  link: FenceLink
}

/** A run that can begin. Either `run` or `abandon` is called, once. */
export interface Prepared {
  /** Runs the agent to its end, with the terminal of this process; gives its exit code. Nothing has run where it gives an error. */
  run(run: ContainedRun): Promise<Result<number, string>>
  abandon(): void
}

/** How a platform holds an agent. */
export interface Containment {
  /** What stands here, before anything is started. */
  walls(): Promise<Wall[]>
  /** Folders of Paddock that contained programs load something from. */
  folders(): string[]
  /** Gets everything ready that needs no decision; starting takes longest, so this is done while the broker is asked. */
  prepare(): Prepared
}
