import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { err, ok, type Result } from '../contract/result.ts'
import type { MonitorKnowledge } from '../monitor/knowledge.ts'
import { addedKnowledge, loadMonitorKnowledge, type AddedFolders } from './monitor-files.ts'

/** How often it is looked whether a file was saved, in milliseconds. The folders need not be there, so they can't be watched. */
const LOOK_AGAIN = 1000

export interface KnowledgePlaces extends AddedFolders {
  shipped: string
  home: string
}

/**
 * What the monitor knows beforehand, always as the files were last saved without error. Files of the user or of IT with an error are refused
 * whole: what was in force stays (at start, what is shipped), and `problems` say why.
 */
export class MonitorKnowledgeStore {
  readonly #places: KnowledgePlaces
  readonly #secrets: readonly string[]
  readonly #looking: NodeJS.Timeout
  readonly #listeners: (() => void)[] = []
  #stamp: string
  #inForce: MonitorKnowledge
  #problems: string[] = []

  /** Fails only when what is shipped is damaged. */
  static open(places: KnowledgePlaces, secrets: readonly string[]): Result<MonitorKnowledgeStore, string> {
    const shipped = loadMonitorKnowledge(places.shipped, secrets, [], places.home)
    return shipped.ok ? ok(new MonitorKnowledgeStore(places, secrets, shipped.value)) : err(`What the monitor knows can not be read: ${shipped.error.join('; ')}. Install Paddock again.`)
  }

  private constructor(places: KnowledgePlaces, secrets: readonly string[], shipped: MonitorKnowledge) {
    this.#places = places
    this.#secrets = secrets
    this.#inForce = shipped
    this.#stamp = stampOf(places)
    this.#read()
    this.#looking = setInterval(() => this.#look(), LOOK_AGAIN).unref()
  }

  get inForce(): MonitorKnowledge {
    return this.#inForce
  }

  /** Why files are not in force, as `file:line:column: why`; empty when all are. */
  get problems(): readonly string[] {
    return this.#problems
  }

  /** Calls `listener` after every change: other knowledge, or other problems. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener)
  }

  close(): void {
    clearInterval(this.#looking)
  }

  #look(): void {
    const stamp = stampOf(this.#places)
    if (stamp === this.#stamp) return
    this.#stamp = stamp
    this.#read()
    this.#listeners.forEach((listener) => listener())
  }

  #read(): void {
    const { shipped, home } = this.#places
    const added = addedKnowledge(this.#places)
    const knowledge = added.ok ? loadMonitorKnowledge(shipped, this.#secrets, added.value, home) : err([added.error])
    if (knowledge.ok) this.#inForce = knowledge.value
    this.#problems = knowledge.ok ? [] : knowledge.error
  }
}

/** Changes whenever a file is saved, added or taken away. */
function stampOf({ config, managed }: AddedFolders): string {
  return [managed, config].map((folder) => folderStamp(join(folder, 'behaviour'))).join('|')
}

function folderStamp(folder: string): string {
  try {
    return readdirSync(folder)
      .map((name) => {
        const { mtimeMs, size, ino } = statSync(join(folder, name))
        return `${name} ${mtimeMs} ${size} ${ino}`
      })
      .join()
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? ''
  }
}
