import { ALONE, type Detector, type Moment } from '../detector.ts'

/** So many refusals of one class of resource are no accident any more. */
const REFUSALS = 3

/** The agent tries again and again for one class of thing that it may not have. Counts what the policy and the person refused. */
export const restricted: Detector = { name: 'restricted', find }

function find({ session: { refused } }: Moment) {
  return [...refused].flatMap(([what, calls]) =>
    calls.length < REFUSALS
      ? []
      : [{ key: `restricted ${what}`, points: ALONE, why: `It tried ${calls.length} times for what it may not have: ${what}.`, calls, group: 'restricted', most: ALONE, tags: ['ASI03', 'ASI10'] }],
  )
}
