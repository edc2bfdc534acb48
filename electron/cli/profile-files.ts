import { existsSync } from 'node:fs'
import { foldersOf } from '../broker/folders.ts'
import { givenProfiles, learnedProfiles, managedProfiles, readProfiles, writeProfiles } from '../broker/profile-store.ts'
import type { ProfileOrigin } from '../contract/deviation.ts'
import { managedFolder } from '../discovery/open.ts'
import { SESSIONS_TO_LEARN, type Profile } from '../monitor/profile.ts'
import { badInput } from './policy-machine.ts'

/** Which profiles a command is about. */
export interface Which {
  /** The folder of the project; all of them without. */
  workspace?: string
}

const learned = (): Profile[] => readProfiles(learnedProfiles(foldersOf(process.env)))
/** Every profile of this machine with where it comes from; the strongest first. */
function everything(): { origin: ProfileOrigin; profile: Profile }[] {
  const folders = foldersOf(process.env)
  const files: [ProfileOrigin, string][] = [['managed', managedProfiles(managedFolder())], ['given', givenProfiles(folders)], ['learned', learnedProfiles(folders)]]
  return files.flatMap(([origin, file]) => readProfiles(file).map((profile) => ({ origin, profile })))
}
const ORIGINS = { managed: 'shipped by IT', given: 'brought along' } as const
const isMeant = ({ agent, workspace }: Profile, wanted: string | undefined, which: Which): boolean =>
  (wanted === undefined || agent === wanted) && (which.workspace === undefined || workspace === which.workspace)

/** `paddock profile list`: what was learned on this machine, and what came from elsewhere. */
export function profileList({ json }: { json?: boolean }): number {
  const profiles = everything()
  if (json) console.log(JSON.stringify(profiles.map(({ origin, profile: { agent, workspace, sessions, calls } }) => ({ origin, agent, workspace, sessions, calls, learning: sessions < SESSIONS_TO_LEARN }))))
  else console.log(profiles.length === 0 ? 'Nothing was learned yet: a session teaches when it is over.' : profiles.map(headLine).join('\n'))
  return 0
}

/** `paddock profile show AGENT`: everything that a profile holds. Exit code 1 when there is none. */
export function profileShow(agent: string, options: Which & { json?: boolean }): number {
  const profiles = everything().filter(({ profile }) => isMeant(profile, agent, options))
  if (profiles.length === 0) return none(agent)
  console.log(options.json ? JSON.stringify(profiles.map(({ origin, profile }) => ({ origin, ...profile }))) : profiles.map(profileText).join('\n\n'))
  return 0
}

/** `paddock profile reset [AGENT]`: forgets, so that it is learned anew. Exit code 1 when there is nothing to forget. */
export function profileReset(agent: string, options: Which): number {
  const file = learnedProfiles(foldersOf(process.env))
  const all = learned()
  const kept = all.filter((one) => !isMeant(one, agent, options))
  if (kept.length === all.length) return none(agent)
  const problem = writeProfiles(file, kept)
  if (problem !== undefined) return badInput([problem])
  console.log(`Forgot ${all.length - kept.length} ${all.length - kept.length === 1 ? 'profile' : 'profiles'}.`)
  return 0
}

/** `paddock profile export`: what was learned here as a file for other machines, where it goes to the configuration folder, or to IT's. */
export function profileExport({ out, agent, ...which }: Which & { out: string; agent?: string }): number {
  if (existsSync(out)) return badInput([`${out} is there already: name another file`])
  const problem = writeProfiles(out, learned().filter((one) => isMeant(one, agent, which)))
  return problem === undefined ? 0 : badInput([problem])
}

function headLine({ origin, profile: { agent, workspace, sessions, calls } }: { origin: ProfileOrigin; profile: Profile }): string {
  const state = sessions < SESSIONS_TO_LEARN ? `learning, ${sessions} of ${SESSIONS_TO_LEARN} sessions` : `${sessions} sessions`
  return `${agent}  ${workspace ?? 'everywhere'}  ${state}, ${calls} calls${origin === 'learned' ? '' : `, ${ORIGINS[origin]}`}`
}

function profileText({ origin, profile }: { origin: ProfileOrigin; profile: Profile }): string {
  const groups = Map.groupBy(Object.entries(profile.names), ([name]) => name.slice(0, name.indexOf(':')))
  const lines = [...groups].map(([kind, names]) => {
    const shown = names.toSorted(([, a], [, b]) => b[0] - a[0]).map(([name, [count]]) => `${name.slice(kind.length + 1)} (${count})`)
    return `  ${kind}: ${shown.join(', ')}`
  })
  const hours = profile.hours.flatMap((count, hour) => (count > 0 ? [`${hour}:00 (${count})`] : []))
  return [headLine({ origin, profile }), ...lines, `  hours: ${hours.join(', ') || 'none'}`, `  most calls a minute: ${profile.perMinute}; longest session: ${profile.longest} calls`].join('\n')
}

function none(agent: string): number {
  console.error(`There is no profile of ${agent}.`)
  return 1
}
