import { cpus, loadavg } from 'node:os'
import { measureBroker } from './broker.ts'
import { measureContained } from './contained.ts'
import { measureContainedPrompt } from './contained-prompt.ts'
import { measureDecisions } from './decision.ts'
import { measureDiscovery } from './discovery.ts'
import { print } from './figures.ts'
import { measureHook } from './hook.ts'
import { measureMonitor } from './monitor.ts'
import { measureReload } from './reload.ts'

/** The sections in the order they are measured; `npm run bench -- discovery hook` measures these two. */
const SECTIONS: Readonly<Record<string, () => Promise<void>>> = {
  decision: async () => print('Decisions, 100 rules', await measureDecisions()),
  broker: async () => print('Broker round trip over its socket', await measureBroker()),
  reload: async () => print('Saved policy file to policy in force', await measureReload()),
  hook: async () => print('Hook process, start to exit', await measureHook()),
  prompt: async () => print('From a paused operation to the prompt', await measureContainedPrompt()),
  monitor: async () => print('Monitor, beside nothing: no peer weighs sessions', await measureMonitor()),
  discovery: async () => print('Discovery, 1,000 more processes and 500 more sockets', await measureDiscovery()),
  contained: async () => {
    const { figures, missing } = await measureContained()
    print(`Contained runs (load ${loadavg()[0]!.toFixed(1)} on ${cpus().length} processors)`, figures)
    for (const what of missing) console.log(`  not available: ${what}`)
  },
}

const asked = process.argv.slice(2)
const unknown = asked.find((name) => !Object.hasOwn(SECTIONS, name))
if (unknown !== undefined) {
  console.error(`There is no section ${JSON.stringify(unknown)}. Sections: ${Object.keys(SECTIONS).join(', ')}.`)
  process.exit(2)
}
// Every figure beside its peer, from the same run. Trust p50: the machine may be busy with other things.
console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}`)
for (const [name, measure] of Object.entries(SECTIONS)) if (asked.length === 0 || asked.includes(name)) await measure()
