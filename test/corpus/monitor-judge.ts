import { emptyProfile, learn, ProfileView, type Lesson, type Profile } from '../../electron/monitor/profile.ts'
import { lessonOf, replay, type Replay, type ReplayedWithTime } from '../../electron/monitor/replay.ts'
import type { Recorded } from './monitor-data.ts'

/** Folds over user tasks and over models: what is judged shares neither with what was learned. */
const TASK_FOLDS = 4
const MODEL_FOLDS = 2

export interface Judged extends ReplayedWithTime {
  recorded: Recorded
}

/** The sessions without what the tools gave back: what a hook before the call sees alone. */
export function callsAlone(recorded: Recorded): Recorded {
  const calls = recorded.trace.calls.map((call) => ({ ...call, result: undefined }))
  return { ...recorded, trace: { ...recorded.trace, calls } }
}

/** Judges each session by a profile learned from benign sessions of the same agent on other tasks, by other models. */
export function judgeAcross(sessions: readonly Recorded[], knowledge: Replay): Judged[] {
  const lessons = new Map<Recorded, Lesson | undefined>()
  for (const one of sessions) if (one.label === 'benign') lessons.set(one, lessonOf(one.trace, knowledge))
  const judged: Judged[] = []
  const groups = Map.groupBy(sessions, ({ trace, task, model }) => `${trace.agent}\n${fold(task, TASK_FOLDS)}\n${fold(model, MODEL_FOLDS)}`)
  for (const [key, group] of groups) {
    const [agent = '', task, model] = key.split('\n')
    let profile: Profile = emptyProfile(agent)
    for (const [one, lesson] of lessons)
      if (lesson && one.trace.agent === agent && fold(one.task, TASK_FOLDS) !== Number(task) && fold(one.model, MODEL_FOLDS) !== Number(model)) profile = learn(profile, lesson)
    const view = new ProfileView(profile)
    for (const recorded of group) judged.push({ recorded, ...replay(recorded.trace, view, knowledge) })
  }
  return judged
}

/** The same for every run: a sum of characters, not chance. */
function fold(name: string, folds: number): number {
  let hash = 7
  for (const character of name) hash = (hash * 31 + character.charCodeAt(0)) >>> 0
  return (hash >>> 3) % folds
}
