import { Discovery } from '../../electron/discovery/discovery.ts'
import { Watch } from '../../electron/discovery/watch.ts'
import { contextOf, shippedKnowledge } from '../discovery/look.ts'

// Run by `discovery.ts` in a process of its own: watches this machine for so many milliseconds and prints what that costs.
const [, , mode, length] = process.argv
const collect = (): void => (globalThis as { gc?: () => void }).gc?.()

collect()
const before = process.memoryUsage().rss
const home = process.env['HOME'] ?? '/'
const knowledge = shippedKnowledge(home)
const watch = new Watch(new Discovery(knowledge.catalogue, home, { patient: true }), () => contextOf(knowledge, home), () => {})
await watch.start({ polling: mode === 'polling' })
// The first look is no part of what it costs to go on.
await new Promise((resolve) => setTimeout(resolve, 2000))
const start = process.cpuUsage()
const since = performance.now()
await new Promise((resolve) => setTimeout(resolve, Number(length)))
const { user, system } = process.cpuUsage(start)
const cpu = ((user + system) / 1000 / (performance.now() - since)) * 100
collect()
console.log(JSON.stringify({ cpu, megabytes: (process.memoryUsage().rss - before) / 1e6, events: watch.eventsProblem === undefined }))
watch.stop()
