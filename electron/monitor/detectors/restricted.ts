import type { Detector, Moment } from '../detector.ts'

/** So many refusals, the last one just now, of one class of resource are no accident any more. */
const REFUSALS = 3
/** Above what asks, so that the next call that acts asks, even if a few that only read come before it. */
const POINTS = 4.5

/** The agent tries again and again for one class of thing that it may not have. Counts what the policy and the person refused. */
export const restricted: Detector = { name: 'restricted', find }

function find({ index, session: { refused } }: Moment) {
  return [...refused].flatMap(([what, calls]) =>
    calls.length < REFUSALS || calls.at(-1)! < index - 1
      ? []
      : [{ key: `restricted ${what}`, points: POINTS, why: `It tried ${calls.length} times for what it may not have: ${what}.`, calls, group: 'restricted', most: POINTS, tags: ['AML.TA0012', 'ASI03', 'ASI10'] }],
  )
}
