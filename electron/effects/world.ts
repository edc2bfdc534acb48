import type { AbsolutePath } from '../contract/ids.ts'

/** What `World.below` came upon. */
export interface Below {
  found: readonly Found[]
  /** Folders that were not looked into: those that hold what others made (`node_modules`, …), and what would have taken too long. */
  unseen: readonly string[]
  /** There are more folders than are looked into. */
  isPart?: boolean
}
export interface Found {
  path: string
  isLink: boolean
}

/**
 * What `effectsOf` may know of the machine. The broker hands in the real one, `paddock eval` one with another home or
 * workspace, a test a made-up one. Answers must be those of the operating system at the time of the call.
 */
export interface World {
  /** The home directory of the user that the agent runs as. */
  home: AbsolutePath
  /**
   * The path that the operating system would reach: symbolic links followed (dangling ones too), `..` applied after
   * them, and what does not exist yet appended as it is. `path` is absolute.
   */
  canonical(path: string): AbsolutePath
  /** The value a shell of the agent would have for a variable, or undefined when that is not known. */
  variable(name: string): string | undefined
  /**
   * The names in a directory, for globs; undefined when it can't be read or holds more than the caller should look at.
   */
  list(directory: string): readonly string[] | undefined
  /**
   * Symbolic links, and files and folders with a wanted name, below a directory; links are not gone through. Undefined when
   * there is no such directory. The work is bounded: a very large tree is looked through from the top down.
   */
  below(directory: string, isWanted: (name: string) => boolean): Below | undefined
  /**
   * Those of the places that are another name of the same file, or hold one (hard links). `places` is asked only for a file that has
   * several names.
   */
  otherNames(path: string, places: () => readonly string[]): readonly string[]
  /**
   * The text of a file of at most 64 KiB; undefined when there is none, it is larger or not UTF-8. For scripts that a
   * command runs.
   */
  text(path: string): string | undefined
}
