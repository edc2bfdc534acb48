import * as z from 'zod'
import { err, ok, type Result } from '../contract/result.ts'
import { Profile, ProfileView } from './profile.ts'

/** A file of profiles: what `paddock profile learn` writes, the broker keeps, and IT can ship. */
export const ProfileFile = z.strictObject({ paddockProfiles: z.literal(1), profiles: z.array(Profile).max(10_000) })
export type ProfileFile = z.output<typeof ProfileFile>

/** Reads the text of such a file. The error says what is wrong with it. */
export function parseProfiles(text: string): Result<Profile[], string> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return err(`it is not JSON: ${(error as Error).message}`)
  }
  const parsed = ProfileFile.safeParse(value)
  if (parsed.success) return ok(parsed.data.profiles)
  const issue = parsed.error.issues[0]
  return err(`${issue?.path.join('.') || 'it'}: ${issue?.message ?? 'not a file of profiles'}`)
}

/** The text of such a file. */
export function profilesText(profiles: readonly Profile[]): string {
  return `${JSON.stringify({ paddockProfiles: 1, profiles }, null, 1)}\n`
}

/** Finds the profile of an agent in a project: that of the project, or else that of the agent in all of them. */
export class Profiles {
  readonly #views = new Map<string, ProfileView>()

  constructor(profiles: readonly Profile[]) {
    for (const profile of profiles) this.#views.set(keyOf(profile.agent, profile.workspace), new ProfileView(profile))
  }

  of(agent: string, workspace?: string): ProfileView | undefined {
    return (workspace === undefined ? undefined : this.#views.get(keyOf(agent, workspace))) ?? this.#views.get(keyOf(agent))
  }
}

function keyOf(agent: string, workspace = ''): string {
  return `${agent}\n${workspace}`
}
