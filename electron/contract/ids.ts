import * as z from 'zod'

/** An absolute path in the form of the operating system, not yet resolved through symbolic links. */
export const AbsolutePath = z
  .string()
  .refine((path) => path.startsWith('/') || /^[A-Za-z]:[\\/]/.test(path), 'an absolute path is needed')
  .brand<'AbsolutePath'>()
export type AbsolutePath = z.infer<typeof AbsolutePath>

/** The short name of an agent, as policies name it: `claude-code`. */
export const AgentId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'an agent is named by lower-case letters, digits, ".", "_" and "-"')
  .brand<'AgentId'>()
export type AgentId = z.infer<typeof AgentId>

/** One run of an agent, named by the agent itself. */
export const SessionId = z.string().min(1).max(200).brand<'SessionId'>()
export type SessionId = z.infer<typeof SessionId>

/** A call that waits for a person. */
export const RequestId = z.string().min(1).max(64).brand<'RequestId'>()
export type RequestId = z.infer<typeof RequestId>

/** SHA-256 in lower-case hexadecimal. */
export const Digest = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .brand<'Digest'>()
export type Digest = z.infer<typeof Digest>
