import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ProfileOrigin } from '../contract/deviation.ts'
import { emptyProfile, learn, ProfileView, type Lesson, type Profile } from '../monitor/profile.ts'
import { parseProfiles, profilesText } from '../monitor/profile-file.ts'
import type { Folders } from './folders.ts'

/** What was learned on this machine. */
export const learnedProfiles = (folders: Folders): string => join(folders.state, 'profiles.json')
/** What the user brought along: counts until more was learned here. */
export const givenProfiles = (folders: Folders): string => join(folders.config, 'profiles.json')
/** What IT ships: counts as it is, from the first session on. */
export const managedProfiles = (managed: string): string => join(managed, 'profiles.json')

/** For so long a file is taken for unchanged, in milliseconds: every call asks for a profile. */
const LOOK_AGAIN = 1000
/** More profiles than these are not kept; the ones with the fewest sessions go. */
const MOST_PROFILES = 100

/**
 * The profiles on disk. Read again when a file changed, because the command line may reset them while the broker runs. A file that
 * can't be read counts as empty: then everything is learned anew, and nothing is allowed that would not be otherwise.
 */
export class ProfileStore {
  readonly #learned: string
  readonly #given: string
  readonly #managed: string
  readonly #files = new Map<string, { lookedAt: number; stamp: string; profiles: Profile[]; views: Map<string, ProfileView> }>()

  constructor(folders: Folders, managed: string) {
    this.#learned = learnedProfiles(folders)
    this.#given = givenProfiles(folders)
    this.#managed = managedProfiles(managed)
  }

  /**
   * The profile of an agent in a project. IT's counts wherever there is one, and no session on this machine adds to it; one that the user brought
   * counts as long as it knows more than was learned here.
   */
  of(agent: string, workspace: string): { origin: ProfileOrigin; view: ProfileView } | undefined {
    const managed = this.#view(this.#managed, agent, workspace) ?? this.#view(this.#managed, agent)
    if (managed) return { origin: 'managed', view: managed }
    const learned = this.#view(this.#learned, agent, workspace)
    const given = this.#view(this.#given, agent, workspace) ?? this.#view(this.#given, agent)
    if (given && (!learned || (!learned.isSettled && given.sessions > learned.sessions))) return { origin: 'given', view: given }
    return learned && { origin: 'learned', view: learned }
  }

  /** One finished session more. Says what went wrong, if anything did. */
  learn(agent: string, workspace: string, lesson: Lesson): string | undefined {
    const others = this.#read(this.#learned).profiles.filter((one) => one.agent !== agent || one.workspace !== workspace)
    const known = this.#read(this.#learned).profiles.find((one) => one.agent === agent && one.workspace === workspace)
    const profiles = [...others, learn(known ?? emptyProfile(agent, workspace), lesson)].toSorted((a, b) => b.sessions - a.sessions).slice(0, MOST_PROFILES)
    this.#files.delete(this.#learned)
    return writeProfiles(this.#learned, profiles)
  }

  #view(file: string, agent: string, workspace = ''): ProfileView | undefined {
    return this.#read(file).views.get(`${agent}\n${workspace}`)
  }

  #read(file: string): { profiles: Profile[]; views: Map<string, ProfileView> } {
    const known = this.#files.get(file)
    const now = performance.now()
    if (known && now - known.lookedAt < LOOK_AGAIN) return known
    const stamp = stampOf(file)
    if (known?.stamp === stamp) {
      known.lookedAt = now
      return known
    }
    const profiles = stamp === '' ? [] : readProfiles(file)
    const read = { lookedAt: now, stamp, profiles, views: new Map(profiles.map((one) => [`${one.agent}\n${one.workspace ?? ''}`, new ProfileView(one)])) }
    this.#files.set(file, read)
    return read
  }
}

/** The profiles of a file; none where it is missing or damaged. */
export function readProfiles(file: string): Profile[] {
  try {
    const parsed = parseProfiles(readFileSync(file, 'utf8'))
    return parsed.ok ? parsed.value : []
  } catch {
    return []
  }
}

/** Writes a file of profiles in one step, for the user alone. Says what went wrong, if anything did. */
export function writeProfiles(file: string, profiles: readonly Profile[]): string | undefined {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    writeFileSync(`${file}.new`, profilesText(profiles), { mode: 0o600 })
    renameSync(`${file}.new`, file)
    return undefined
  } catch (error) {
    return `${file} can't be written: ${(error as Error).message}`
  }
}

function stampOf(file: string): string {
  const stats = statSync(file, { throwIfNoEntry: false })
  return stats ? `${stats.mtimeMs} ${stats.size} ${stats.ino}` : ''
}
