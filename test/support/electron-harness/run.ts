import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'

/**
 * Runs a built main process without Electron: `node run.ts out/main/index.js [arguments]`. The module `electron` is
 * the stand-in beside this file; everything else of the program is as it is shipped.
 */
const standIn = new URL('./electron.ts', import.meta.url).href
registerHooks({
  resolve: (specifier, context, next) => (specifier === 'electron' ? { url: standIn, shortCircuit: true } : next(specifier, context)),
})

const { app } = await import('./app.ts')
const { obeyTest } = await import('./control-child.ts')
obeyTest()

const [, , main = '', ...args] = process.argv
process.argv = [process.execPath, main, ...args]
await import(pathToFileURL(main).href)
// As in Electron, where a main process that awaits readiness while it is still being evaluated waits for ever.
app.becomeReady()
