import type { PendingRequest } from '../../electron/contract/request.ts'
import { callText } from '../ui/call-text.ts'

/** Text of up to this many characters can be shown whole and read; of a longer one only so much is shown. */
export const LONGEST_READABLE = 1024 * 1024

/** Whether a person could read the whole envelope. What nobody can read, nobody can allow. */
export function isReadable(request: PendingRequest): boolean {
  return (
    callText(request.call).parts.every((part) => part.text.length <= LONGEST_READABLE) &&
    JSON.stringify(request).length <= 4 * LONGEST_READABLE
  )
}
