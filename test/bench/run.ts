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

// Every figure beside its peer, from the same run. Trust p50: the machine may be busy with other things.
console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}`)
print('Decisions, 100 rules', await measureDecisions())
print('Broker round trip over its socket', await measureBroker())
print('Saved policy file to policy in force', await measureReload())
print('Hook process, start to exit', await measureHook())
print('From a paused operation to the prompt', await measureContainedPrompt())
print('Monitor, beside nothing: no peer weighs sessions', await measureMonitor())
print('Discovery, 1,000 more processes and 500 more sockets', await measureDiscovery())
const contained = await measureContained()
print(`Contained runs (load ${loadavg()[0]!.toFixed(1)} on ${cpus().length} processors)`, contained.figures)
for (const what of contained.missing) console.log(`  not available: ${what}`)
