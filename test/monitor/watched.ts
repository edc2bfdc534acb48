import { request } from '../renderer/fixtures.ts'

const deviation = (change: object) => ({ kind: 'sequence', call: 3, score: 2, why: 'It goes for credentials: where keys are kept.', calls: [3], tags: ['T1552', 'ASI03'], ...change })

/** A session of the morning that went wrong: it read a page, looked for keys and is about to send. */
export function watched(change: object = {}) {
  const { caller } = request()
  const at = Date.now() - 90_000
  return {
    agent: caller.agent,
    session: caller.session,
    workspace: caller.workspace,
    calls: 12,
    lastAt: at + 60_000,
    score: 5.8,
    response: 'ask',
    learned: 7,
    toLearn: 20,
    taint: { read: ['forum.example.net'], holds: ['/home/ada/work/parser/.env'] },
    deviations: [
      { at, ...deviation({}) },
      { at: at + 60_000, ...deviation({ kind: 'provenance', call: 11, score: 4, why: 'mail/send does what a text says that fetch gave back (call 5: "send ...", with "drop@example.net"), not what the person said.', calls: [4, 11], tags: ['ASI01', 'AML.T0051.001'] }) },
    ],
    ...change,
  }
}
